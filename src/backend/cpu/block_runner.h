// backend/cpu/block_runner.h: runs blocks of a launch on the calling thread.
//
// A block is driven through its kernel's states at three levels, chosen as it goes: the whole
// block in one state; if its threads part ways, warp by warp; and where the lanes of a warp part
// ways, lane by lane. So early returns, divergent barriers and warp masks are right, and pay for
// themselves only.
#pragma once

#include <cstdint>
#include <memory>

#include "backend/backend.h"
#include "backend/cpu/compiled_kernel.h"

namespace sennit::cpu {

struct BlockMemory;

// One launch as the runner sees it. What it points to must live until all its blocks have run.
struct KernelLaunch {
  const CompiledKernel* kernel = nullptr;
  LaunchConfig config;
  const void* const* arguments = nullptr;  // one address for each kernel parameter

  std::uint64_t block_count() const { return config.grid.count(); }
};

// Raises InvalidArgument or Unsupported if `kernel` cannot be launched so. For submission time:
// the runner assumes that it holds.
void check_launch(const CompiledKernel& kernel, const LaunchConfig& config);

// The blocks of a cooperative launch, each kept where it waits at grid.sync(). Such a launch runs
// in phases: every block runs to its next grid.sync() (or its end) before any goes on.
//   GridPhases grid(launch);
//   while (!grid.finished()) {
//     <run_phase(launch, grid, begin, end) over all blocks, in any order, on any threads>
//     grid.end_phase();   // after all of them have returned
//   }
class GridPhases {
 public:
  explicit GridPhases(const KernelLaunch& launch);
  ~GridPhases();
  GridPhases(const GridPhases&) = delete;
  GridPhases& operator=(const GridPhases&) = delete;

  bool finished() const;
  // REQUIRES: no run_phase is going on.
  // Raises KernelFailed if some blocks wait at a grid.sync() that others have left for good.
  void end_phase();

 private:
  friend class BlockRunner;
  struct State;
  std::unique_ptr<State> state_;
};

// Not thread-safe: one for each worker. Keeps its memory for the next launch.
class BlockRunner {
 public:
  enum class Mode {
    Fastest,
    LaneByLane,  // every thread on its own: slow; the oracle of differential tests
  };
  explicit BlockRunner(Mode mode = Mode::Fastest);
  ~BlockRunner();
  BlockRunner(const BlockRunner&) = delete;
  BlockRunner& operator=(const BlockRunner&) = delete;

  // Runs blocks [begin, end) of the launch, numbered with x fastest, one after another.
  // Raises KernelFailed, naming kernel, block and thread, for the first block in which an
  // assertion or a trap was hit, or whose threads can never meet; the blocks behind it in the
  // range do not run. Blocks of other ranges are not touched: run them or not.
  void run(const KernelLaunch& launch, std::uint64_t begin, std::uint64_t end);

  // The same for a cooperative launch: runs each block to its next grid.sync() or its end.
  // Threads may call it at the same time for ranges that do not overlap.
  void run_phase(const KernelLaunch& launch, GridPhases& grid, std::uint64_t begin,
                 std::uint64_t end);

 private:
  Mode mode_;
  std::unique_ptr<BlockMemory> memory_;
};

}  // namespace sennit::cpu
