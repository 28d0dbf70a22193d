// backend/cpu/cpu_function.cpp: a kernel that the CPU device can launch.
#include "backend/cpu/cpu_function.h"

#include <algorithm>

#include "base/text.h"

namespace sennit::cpu {
namespace {

FunctionInfo info_of(const CompiledKernel& kernel) {
  FunctionInfo info;
  info.name = kernel.name;
  info.max_threads_per_block = kernel.max_threads;
  info.static_shared_bytes = kernel.static_shared_bytes;
  return info;
}

void check_extent(const FunctionInfo& info, const char* what, const Dim3& extent) {
  if (extent.x != 0 && extent.y != 0 && extent.z != 0) return;
  raise(ErrorCode::InvalidArgument,
        format("kernel '{}': the {} is {} x {} x {}; each dimension must be at least 1", info.name,
               what, extent.x, extent.y, extent.z));
}

}  // namespace

BlockRunner& this_thread_block_runner() {
  static thread_local BlockRunner runner;
  return runner;
}

CpuFunction::CpuFunction(const CompiledKernel& kernel, unsigned workers)
    : info_(info_of(kernel)), compiled_(&kernel), workers_(workers) {}

std::optional<double> CpuFunction::typical_us(const LaunchConfig& config, std::size_t) const {
  const std::optional<double> work_us = run_times_.work_us(config);
  if (!work_us || *work_us < kSharedWorkUs) return work_us;
  return *work_us / static_cast<double>(std::min<std::uint64_t>(workers_, config.grid.count()));
}

void CpuFunction::check(const LaunchCommand& launch) const {
  const LaunchConfig& config = launch.config;
  check_extent(info_, "grid", config.grid);
  check_extent(info_, "block", config.block);
  if (config.block.count() > info_.max_threads_per_block) {
    raise(ErrorCode::InvalidArgument,
          format("kernel '{}': a block of {} x {} x {} has {} threads; at most {} are possible",
                 info_.name, config.block.x, config.block.y, config.block.z, config.block.count(),
                 info_.max_threads_per_block));
  }
  if (info_.static_shared_bytes + config.shared_bytes > kMaxSharedBytes) {
    raise(ErrorCode::InvalidArgument,
          format("kernel '{}': a block wants {} bytes of dynamic shared memory beside {} static "
                 "ones; there are {} in all",
                 info_.name, config.shared_bytes, info_.static_shared_bytes, kMaxSharedBytes));
  }
  if (compiled_ == nullptr) return;
  check_launch(*compiled_, config);
  const std::vector<std::uint32_t>& wanted = compiled_->parameter_bytes;
  if (launch.offsets.size() != wanted.size()) {
    raise(ErrorCode::InvalidArgument, format("kernel '{}' takes {} parameters; {} are given",
                                             info_.name, wanted.size(), launch.offsets.size()));
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (launch.offsets[i] + std::size_t{wanted[i]} <= launch.parameters.size()) continue;
    raise(ErrorCode::InvalidArgument,
          format("kernel '{}': parameter {} has {} bytes from offset {}; only {} bytes are given",
                 info_.name, i, wanted[i], launch.offsets[i], launch.parameters.size()));
  }
}

void CpuFunction::run(const KernelLaunch& launch, std::uint64_t begin, std::uint64_t end) const {
  if (compiled_ != nullptr) {
    this_thread_block_runner().run(launch, begin, end);
  } else {
    native_(launch, begin, end);
  }
}

}  // namespace sennit::cpu
