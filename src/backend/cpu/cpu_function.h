// backend/cpu/cpu_function.h: a kernel that the CPU device can launch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "backend/backend.h"
#include "backend/cpu/block_runner.h"
#include "backend/cpu/compiled_kernel.h"
#include "backend/cpu/run_times.h"

namespace sennit::cpu {

// Launches with less work than this run whole on one worker: sharing one costs its helpers some
// microseconds of waking up and of moving cache lines.
inline constexpr double kSharedWorkUs = 20;

// Of one block, static and dynamic together. As much as a large GPU has: kernels that were tuned
// for one run unchanged.
inline constexpr std::size_t kMaxSharedBytes = 227 * 1024;

class CpuFunction final : public Function {
 public:
  // Runs blocks [begin, end) of a launch. Called by several workers at once.
  using NativeKernel =
      std::function<void(const KernelLaunch& launch, std::uint64_t begin, std::uint64_t end)>;

  // `kernel` must outlive the function.
  CpuFunction(const CompiledKernel& kernel, unsigned workers);
  // A kernel written as a host function, which sanitizers and debuggers can see into.
  CpuFunction(FunctionInfo info, NativeKernel kernel, unsigned workers)
      : info_(std::move(info)), native_(std::move(kernel)), workers_(workers) {}

  const FunctionInfo& info() const override { return info_; }
  std::optional<double> typical_us(const LaunchConfig& config,
                                   std::size_t touched_bytes) const override;

  // Raises InvalidArgument or Unsupported if it cannot be launched so.
  void check(const LaunchCommand& launch) const;
  // Called by a worker, see `NativeKernel`. Raises KernelFailed.
  void run(const KernelLaunch& launch, std::uint64_t begin, std::uint64_t end) const;

  const CompiledKernel* compiled() const { return compiled_; }  // nullptr: a native kernel
  RunTimes& run_times() { return run_times_; }

 private:
  const FunctionInfo info_;
  const CompiledKernel* const compiled_ = nullptr;
  const NativeKernel native_;
  const unsigned workers_;
  RunTimes run_times_;
};

// The calling worker's own: it keeps its memory from launch to launch.
BlockRunner& this_thread_block_runner();

}  // namespace sennit::cpu
