// backend/cuda/cuda_commands.cpp: commands in the driver's terms.
#include "backend/cuda/cuda_commands.h"

#include <cstring>
#include <exception>

#include "base/text.h"

namespace sennit::cuda {

CudaFunction& prepared_function(const LaunchCommand& command) {
  auto& function = static_cast<CudaFunction&>(*command.function);
  function.reserve_shared(command.config.shared_bytes);
  if (command.config.cluster.count() > 8) function.allow_large_cluster();
  return function;
}

LaunchAttributes launch_attributes(const LaunchConfig& config) {
  LaunchAttributes attributes;
  if (config.cooperative) {
    attributes.add(CU_LAUNCH_ATTRIBUTE_COOPERATIVE).value.cooperative = 1;
  }
  if (config.cluster.count() > 1) {
    attributes.add(CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION).value.clusterDim = {
        config.cluster.x, config.cluster.y, config.cluster.z};
  }
  return attributes;
}

bool may_be_early(const LaunchCommand& command) {
  return static_cast<const CudaFunction&>(*command.function).waits_first() &&
         !command.config.cooperative;
}

std::optional<CUDA_MEMSET_NODE_PARAMS> memset_of(const FillCommand& command) {
  // The shortest pattern that repeats to the same bytes: zeros of any type are one byte.
  std::uint32_t period = command.pattern_bytes;
  const auto repeats_after = [&](std::uint32_t bytes) {
    return std::memcmp(command.pattern.data(), command.pattern.data() + bytes, period - bytes) == 0;
  };
  while (period > 1 && repeats_after(period / 2)) period /= 2;
  if (period > 4) return std::nullopt;
  unsigned value = 0;
  std::memcpy(&value, command.pattern.data(), period);
  return CUDA_MEMSET_NODE_PARAMS{device_address(command.to), 0, value, period,
                                 command.bytes / period,     1};
}

void HostCall::run() const noexcept {
  try {
    command.function(command.user);
  } catch (const Error& error) {
    context->add_failure(tag, error);
  } catch (const std::exception& error) {
    context->add_failure(tag, Error(ErrorCode::KernelFailed, error.what()));
  } catch (...) {
    context->add_failure(tag, Error(ErrorCode::KernelFailed, "a host function threw"));
  }
}

}  // namespace sennit::cuda
