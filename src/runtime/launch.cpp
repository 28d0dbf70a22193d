// runtime/launch.cpp: a launch, as a table of contents.
#include "base/text.h"
#include "kernel/launch_config.h"
#include "runtime/runtime.h"

namespace sennit {
namespace {

std::string launching(const RuntimeKernel& kernel, const LaunchConfig& config) {
  const auto extent = [](const Dim3& dim) {
    if (dim.z > 1) return format("({}, {}, {})", dim.x, dim.y, dim.z);
    if (dim.y > 1) return format("({}, {})", dim.x, dim.y);
    return format("{}", dim.x);
  };
  return format("launching '{}' <<<{}, {}>>>", kernel.label(), extent(config.grid),
                extent(config.block));
}

// The option `assume_written`. Untracked arrays stay what they are.
void assume_written(std::vector<Access>& accesses) {
  for (Access& access : accesses) access.mode = AccessMode::ReadWrite;
}

}  // namespace

NodeId Runtime::launch(RuntimeKernel& kernel, const LaunchConfig& config,
                       std::span<const Argument> arguments, const LaunchOptions& options) {
  // One for each thread: its vectors keep their memory from launch to launch.
  static thread_local BoundArguments bound;
  const KernelFacts& facts = kernel.resolve();
  bind_arguments(facts.signature, arguments, options.integral_floats, bound);
  kernel.add_variable_accesses(bound.accesses);
  try {
    kernel.check(config);
    Operation operation;
    if (facts.has_implicit_accesses() || options.touches) [[unlikely]] {
      operation.touches_known = add_implicit_accesses(kernel, arguments, options, bound.accesses);
    }
    if (options_.assume_written) [[unlikely]]
      assume_written(bound.accesses);
    operation.kind = OperationKind::Launch;
    operation.label = kernel.label();
    operation.where = options.where;
    operation.accesses = bound.accesses;
    operation.untracked = bound.untracked;
    operation.after = options.after;
    operation.device = options.device;
    operation.work =
        LaunchWork{&kernel, config, bound.parameters, facts.signature.offsets(), bound.patches};
    const NodeId node = options_.verify ? submit_verified(operation, facts.signature, arguments)
                                        : scheduler_->submit(operation);
    kernel.count_launch();
    return node;
  } catch (Error& error) {
    error.add_context(launching(kernel, config));
    throw;
  }
}

}  // namespace sennit
