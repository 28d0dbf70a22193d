#include "runtime/runtime_kernel.h"

#include "base/intern.h"
#include "kernel/launch_config.h"
#include "runtime/runtime.h"

namespace sennit {

RuntimeKernel::RuntimeKernel(std::shared_ptr<Program> program, std::string name,
                             Signature signature)
    : kernel_(std::move(program), std::move(name), std::move(signature)),
      label_(intern(kernel_.name())),
      signature_text_(kernel_.signature().to_string()) {}

void RuntimeKernel::check(const LaunchConfig& config) const {
  // Placement comes later, so what one device refuses is refused at once; devices of one runtime
  // are alike.
  const Program& program = kernel_.program();
  for (std::size_t device = 0; device < program.device_count(); ++device) {
    const DeviceInfo& info = program.device(static_cast<int>(device)).info();
    if (const Function* function = kernel_.find(static_cast<int>(device))) {
      check_launch_config(config, info, function->info());
    } else {
      check_launch_config(config, info, kernel_.name());
    }
  }
}

std::shared_ptr<RuntimeKernel> Runtime::build_kernel(const KernelRequest& request) {
  CompileRequest compile;
  compile.source = request.source;
  compile.source_name = request.source_name;
  compile.names = {request.name};
  compile.options = request.options;
  Signature signature =
      kernel_signature(compile, request.name, request.signature, SignatureDialect::Sennit);
  std::vector<Device*> devices;
  for (int i = 0; i < scheduler_->device_count(); ++i) devices.push_back(&scheduler_->device(i));
  auto program = std::make_shared<Program>(std::move(compile), *backend_, devices, &cache_);
  auto kernel =
      std::make_shared<RuntimeKernel>(std::move(program), request.name, std::move(signature));
  if (options_.compile_eagerly) kernel->load(0);
  return kernel;
}

}  // namespace sennit
