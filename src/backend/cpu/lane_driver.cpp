// backend/cpu/lane_driver.cpp: the part of BlockDriver for threads that have parted ways.
//
// Every lane has a state of its own. In turns, all lanes that need not wait are found, then run:
// neighbours in the same state, with the same uniform values, in one call.
#include <algorithm>
#include <cstring>

#include "backend/cpu/block_driver.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

void BlockDriver::advance_lanes(ThreadGroup& group, bool release) {
  while (find_runnable_lanes(group, release) || release_converged_lanes(group)) {
    run_lanes(group);
    release = false;
  }
  refuse_stranded_lanes(group);
  bool all_left = true;
  for (std::uint32_t rank = group.begin; rank < group.end; ++rank)
    all_left &= memory_.state_of(rank) == kStateExit;
  if (all_left) group.state = kStateExit;
}

bool BlockDriver::find_runnable_lanes(const ThreadGroup& group, bool release) {
  bool any = false;
  for (std::uint32_t rank = group.begin; rank < group.end; ++rank) {
    const bool runnable = lane_may_go_on(rank, release);
    memory_.runnable[rank] = runnable;
    any |= runnable;
  }
  return any;
}

bool BlockDriver::lane_may_go_on(std::uint32_t rank, bool release) const {
  const std::int32_t state = memory_.state_of(rank);
  if (state == kStateExit) return false;
  switch (kind_of(state)) {
    case StateKind::Start:
    case StateKind::Pseudo:
      return true;
    case StateKind::Block:
    case StateKind::Grid:
      return release;
    case StateKind::Converge:
      return false;
    case StateKind::Warp:
      break;
  }
  // All lanes that the mask names must have come, or have left the kernel.
  const bool whole_warp = kernel_.states[static_cast<std::size_t>(state)].whole_warp;
  const std::uint32_t mask = (whole_warp ? ~0u : memory_.mask_of(rank)) & existing_lanes(rank);
  const std::uint32_t warp = rank & ~(kWarpThreads - 1);
  for (std::uint32_t lane = 0; lane < kWarpThreads; ++lane) {
    if (!(mask >> lane & 1u)) continue;
    const std::int32_t other = memory_.state_of(warp + lane);
    if (other != state && other != kStateExit) return false;
  }
  return true;
}

// When nobody else of the group can go on, those that stand at the same __activemask of a warp
// are the lanes that run there together.
bool BlockDriver::release_converged_lanes(const ThreadGroup& group) {
  bool any = false;
  for (std::uint32_t warp = group.begin & ~(kWarpThreads - 1); warp < group.end;
       warp += kWarpThreads) {
    const std::uint32_t begin = std::max(warp, group.begin);
    const std::uint32_t end = std::min(warp + kWarpThreads, group.end);
    std::int32_t first = kStateExit;  // the one that comes first in the kernel
    for (std::uint32_t rank = begin; rank < end; ++rank) {
      const std::int32_t state = memory_.state_of(rank);
      if (state != kStateExit && kind_of(state) == StateKind::Converge)
        first = std::min(first, state);
    }
    if (first == kStateExit) continue;
    std::uint32_t together = 0;
    for (std::uint32_t rank = begin; rank < end; ++rank)
      if (memory_.state_of(rank) == first) together |= 1u << (rank - warp);
    for (std::uint32_t rank = begin; rank < end; ++rank) {
      if (!(together >> (rank - warp) & 1u)) continue;
      memory_.mask_of(rank) = together;
      memory_.runnable[rank] = true;
    }
    any = true;
  }
  return any;
}

void BlockDriver::run_lanes(const ThreadGroup& group) {
  for (std::uint32_t rank = group.begin; rank < group.end;)
    rank = memory_.runnable[rank] ? run_lanes_like(rank, group.end) : rank + 1;
}

// Runs `rank` and the neighbours in its row that are where it is; returns the first one behind.
std::uint32_t BlockDriver::run_lanes_like(std::uint32_t rank, std::uint32_t group_end) {
  const std::int32_t state = memory_.state_of(rank);
  std::byte* uniforms = memory_.uniforms_of_thread(rank);
  const std::uint32_t row_end = (rank / context_.block_dim[0] + 1) * context_.block_dim[0];
  const std::uint32_t limit = lane_by_lane_ ? rank + 1 : std::min(group_end, row_end);
  std::uint32_t end = rank + 1;
  while (end < limit && memory_.runnable[end] && memory_.state_of(end) == state &&
         std::memcmp(memory_.uniforms_of_thread(end), uniforms, memory_.uniform_bytes) == 0)
    ++end;

  std::byte* uniforms_out = memory_.uniforms_of_thread(memory_.threads);  // one more than threads
  std::memset(uniforms_out, 0, memory_.uniform_bytes);
  const ThreadRange range = box(rank, end);
  const std::int32_t next = kernel_.states[static_cast<std::size_t>(state)].region(
      &context_, &range, uniforms, uniforms_out);
  if (context_.fault->raised) raise_fault();
  for (std::uint32_t lane = rank; lane < end; ++lane) {
    std::memcpy(memory_.uniforms_of_thread(lane), uniforms_out, memory_.uniform_bytes);
    if (next != kStateDiverged) memory_.state_of(lane) = next;
  }
  return end;
}

void BlockDriver::refuse_stranded_lanes(const ThreadGroup& group) const {
  for (std::uint32_t rank = group.begin; rank < group.end; ++rank) {
    const std::int32_t state = memory_.state_of(rank);
    if (state == kStateExit || waits_for_block(state)) continue;
    const bool whole_warp = kernel_.states[static_cast<std::size_t>(state)].whole_warp;
    raise(ErrorCode::KernelFailed,
          format("kernel '{}', block ({}, {}, {}), thread {}: waits at a __syncwarp, shuffle or "
                 "vote with mask {:#010x} for lanes that wait elsewhere; all lanes that a mask "
                 "names must reach the same call",
                 kernel_.name, context_.block_index[0], context_.block_index[1],
                 context_.block_index[2], index_text(rank, context_.block_dim),
                 whole_warp ? ~0u : memory_.mask_of(rank)));
  }
}

}  // namespace sennit::cpu
