// backend/cpu/block_driver.h: takes one block through the states of its kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "backend/cpu/block_memory.h"
#include "backend/cpu/compiled_kernel.h"
#include "backend/cpu/kernel_abi.h"

namespace sennit::cpu {

// Groups of threads run until each waits for others of the block; then all are let go, again and
// again. Where the threads of a group part ways, it is split: block, warps, single lanes.
class BlockDriver {
 public:
  enum class Outcome {
    Finished,    // all threads have left the kernel
    AtGridSync,  // those that have not wait at a grid.sync(); `run` goes on from there
  };

  // `context` says which block; it is attached to `memory`, which must be prepared for it.
  // With `lane_by_lane`, every thread is driven on its own from the start.
  BlockDriver(const CompiledKernel& kernel, BlockMemory& memory, BlockContext& context,
              bool lane_by_lane);

  // Runs the block of a kernel without barriers from start to end: one call of its only region.
  void run_unbroken() {
    kernel_.states.front().region(&context_, &whole_, nullptr, nullptr);
    if (context_.fault->raised) [[unlikely]]
      raise_fault();
  }

  // Puts all threads at the kernel's start.
  void start();

  // Raises KernelFailed for an assertion, a trap, or threads that can never meet.
  Outcome run();

 private:
  StateKind kind_of(std::int32_t state) const {
    return kernel_.states[static_cast<std::size_t>(state)].kind;
  }
  bool waits_for_block(std::int32_t state) const {
    return kind_of(state) == StateKind::Block || kind_of(state) == StateKind::Grid;
  }

  // True if ranks [begin, end) are a box of threads, which one call of a region can run.
  bool is_box(std::uint32_t begin, std::uint32_t end) const;
  ThreadRange box(std::uint32_t begin, std::uint32_t end) const;

  // Runs the group until its threads wait for the block or have left. `release`: those that wait
  // for the block now go on.
  void advance(std::size_t group, bool release);
  // The same for a group whose threads are in one state, until they part or wait for others.
  void advance_together(ThreadGroup& group, std::size_t index);
  void split_into_warps();
  // Gives each thread of the group its own copy of the group's uniform values.
  void scatter_uniforms(const ThreadGroup& group, const std::byte* uniforms);

  // The same as `advance` for a group whose threads are in different states.
  void advance_lanes(ThreadGroup& group, bool release);
  bool find_runnable_lanes(const ThreadGroup& group, bool release);
  bool lane_may_go_on(std::uint32_t rank, bool release) const;
  bool release_converged_lanes(const ThreadGroup& group);
  void run_lanes(const ThreadGroup& group);
  std::uint32_t run_lanes_like(std::uint32_t rank, std::uint32_t group_end);
  void refuse_stranded_lanes(const ThreadGroup& group) const;

  // The lanes of the warp of `rank` that exist, as a mask.
  std::uint32_t existing_lanes(std::uint32_t rank) const;
  // REQUIRES: no group can go on. Raises if threads wait at different kinds of barrier.
  bool all_at_grid_sync() const;
  [[noreturn]] void raise_fault() const;

  const CompiledKernel& kernel_;
  BlockMemory& memory_;
  BlockContext& context_;
  const ThreadRange whole_;  // all threads of the block
  const bool lane_by_lane_;
};

// "(3, 0, 0)": the index of the thread or block with this rank.
std::string index_text(std::uint64_t rank, const std::uint32_t (&size)[3]);

}  // namespace sennit::cpu
