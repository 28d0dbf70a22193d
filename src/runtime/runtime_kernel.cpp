#include "runtime/runtime_kernel.h"

#include "base/intern.h"
#include "base/text.h"
#include "kernel/launch_config.h"
#include "runtime/runtime.h"

namespace sennit {

RuntimeKernel::RuntimeKernel(std::shared_ptr<Program> program, std::string name, Signature declared,
                             DeclaredBy declared_by)
    : kernel_(std::move(program), std::move(name), std::move(declared), declared_by),
      label_(intern(kernel_.name())) {}

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

// ---- Variables
// -----------------------------------------------------------------------------------

void RuntimeKernel::add_variable(std::string name, std::shared_ptr<Storage> storage) {
  const Lock lock(mutex_);
  variables_.emplace(std::move(name), std::move(storage));
  has_variables_.store(true, std::memory_order_release);
}

std::shared_ptr<Storage> RuntimeKernel::find_variable(std::string_view name) {
  const Lock lock(mutex_);
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : found->second;
}

void RuntimeKernel::merge_variables(std::vector<Access>& accesses) {
  const Lock lock(mutex_);
  for (const auto& named : variables_) {
    const Storage& storage = *named.second;
    // Of a variable that is an argument, too, this access covers all others.
    std::erase_if(accesses, [&](const Access& other) { return other.array == storage.id; });
    accesses.push_back({storage.id, AccessMode::ReadWrite, {0, storage.bytes}});
  }
}

namespace {

// A variable of loaded code: there as long as the code is.
class VariableMemory final : public Allocation {
 public:
  VariableMemory(const ModuleVariable& variable, std::shared_ptr<Program> program)
      : Allocation(variable.address, variable.bytes), program_(std::move(program)) {}

 private:
  const std::shared_ptr<Program> program_;
};

}  // namespace

Array Runtime::kernel_variable(const std::shared_ptr<RuntimeKernel>& kernel,
                               const std::string& name, Dtype dtype,
                               std::optional<std::span<const std::int64_t>> shape) {
  std::shared_ptr<Storage> storage = kernel->find_variable(name);
  if (!storage) {
    if (scheduler_->device_count() > 1) {
      raise(ErrorCode::Unsupported,
            format("variable '{}': each of the runtime's {} devices has one of its own; create the "
                   "runtime with the option devices=1",
                   name, scheduler_->device_count()));
    }
    const auto variable = kernel->program()->module(0).variable(name);
    if (!variable) {
      raise(ErrorCode::InvalidArgument,
            format("the code of kernel '{}' has no variable '{}'; it must be __device__ or "
                   "__constant__, used by a kernel, and outside of namespaces, or named as the "
                   "compiler mangles it",
                   kernel->label(), name));
    }
    // Launches until now did not know the variable.
    if (kernel->launch_count() > 0) scheduler_->sync();
    auto made = std::make_unique<Storage>();
    made->bytes = variable->bytes;
    // Writers stay in its memory, where the kernel looks.
    const bool on_host = scheduler_->device(0).info().shares_host_memory;
    made->in_place = on_host;
    scheduler_->adopt(*made,
                      std::make_shared<ReplicaMemory>(
                          std::make_unique<VariableMemory>(*variable, kernel->program())),
                      on_host ? Scheduler::kHost : 0);
    kernel->add_variable(name, track(std::move(made)));
    storage = kernel->find_variable(name);  // another thread may have been faster
  }
  const auto elements = static_cast<std::int64_t>(storage->bytes / bytes_of(dtype));
  Layout layout = Layout::contiguous(
      dtype, shape ? *shape : std::span<const std::int64_t>(&elements, 1), Order::C);
  if (layout.bytes() != storage->bytes) {
    raise(ErrorCode::InvalidArgument, format("variable '{}' has {} bytes; {} has {}", name,
                                             storage->bytes, layout.to_string(), layout.bytes()));
  }
  return {shared_from_this(), std::move(storage), std::move(layout), false};
}

// ---- Building
// ------------------------------------------------------------------------------------

namespace {

void check_code_request(const KernelRequest& request) {
  const auto refuse = [&](std::string_view what) {
    raise(ErrorCode::InvalidArgument, format("kernel '{}': {}", request.name, what));
  };
  if (!request.source.empty()) refuse("it has both a source and code; give one of them");
  if (!request.options.empty()) refuse("options are for compiling a source, not for ready code");
}

}  // namespace

std::shared_ptr<RuntimeKernel> Runtime::build_kernel(const KernelRequest& request) {
  std::vector<Device*> devices;
  for (int i = 0; i < scheduler_->device_count(); ++i) devices.push_back(&scheduler_->device(i));
  CompileRequest compile;
  compile.source = request.source;
  compile.source_name = request.source_name;
  compile.names = {request.name};
  compile.options = request.options;
  std::optional<Image> code;
  if (!request.code.empty()) {
    code = backend_->adopt_code(request.code);
    check_code_request(request);
  }
  const bool is_given = request.signature.find_first_not_of(" \t\r\n") != std::string::npos;
  const DeclaredBy declared_by = !is_given ? DeclaredBy::Source
                                 : request.dialect == SignatureDialect::GrCuda
                                     ? DeclaredBy::GrCuda
                                     : DeclaredBy::Signature;
  Signature signature = code && !is_given ? code_signature(*code, request.name)
                                          : kernel_signature(compile, request.name,
                                                             request.signature, request.dialect);
  auto program =
      code ? std::make_shared<Program>(*std::move(code), request.source_name, *backend_, devices)
           : std::make_shared<Program>(std::move(compile), *backend_, devices, &cache_);
  // Its code is still needed by launches that are not done.
  const auto keep = [scheduler = scheduler_.get()](RuntimeKernel* last) {
    scheduler->keep(std::shared_ptr<RuntimeKernel>(last));
  };
  std::shared_ptr<RuntimeKernel> kernel(
      new RuntimeKernel(std::move(program), request.name, std::move(signature), declared_by), keep);
  if (options_.compile_eagerly) {
    kernel->resolve();
    kernel->load(0);
  }
  return kernel;
}

}  // namespace sennit
