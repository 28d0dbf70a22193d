// backend/cpu/block_driver.cpp: takes one block through the states of its kernel.
#include "backend/cpu/block_driver.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

std::string index_text(std::uint64_t rank, const std::uint32_t (&size)[3]) {
  return format("({}, {}, {})", rank % size[0], rank / size[0] % size[1], rank / size[0] / size[1]);
}

BlockDriver::BlockDriver(const CompiledKernel& kernel, BlockMemory& memory, BlockContext& context,
                         bool lane_by_lane)
    : kernel_(kernel),
      memory_(memory),
      context_(context),
      whole_{0, context.block_dim[0], 0, context.block_dim[1], 0, context.block_dim[2]},
      lane_by_lane_(lane_by_lane) {}

void BlockDriver::start() {
  memory_.groups.assign(1, ThreadGroup{0, memory_.threads, 0, 0});
  if (!lane_by_lane_) return;
  ThreadGroup& all = memory_.groups.front();
  for (std::uint32_t rank = 0; rank < all.end; ++rank) memory_.state_of(rank) = 0;
  std::memset(memory_.uniforms_of_group(0, 0), 0, memory_.uniform_bytes);
  scatter_uniforms(all, memory_.uniforms_of_group(0, 0));
  all.state = kStateDiverged;
}

BlockDriver::Outcome BlockDriver::run() {
  for (;;) {
    // Splitting makes more groups, and advances them.
    const std::size_t count = memory_.groups.size();
    for (std::size_t group = 0; group < count; ++group) advance(group, /*release=*/true);
    const bool all_left =
        std::all_of(memory_.groups.begin(), memory_.groups.end(),
                    [](const ThreadGroup& group) { return group.state == kStateExit; });
    if (all_left) return Outcome::Finished;
    if (kernel_.uses_grid_sync && all_at_grid_sync()) return Outcome::AtGridSync;
  }
}

bool BlockDriver::is_box(std::uint32_t begin, std::uint32_t end) const {
  if (begin == 0 && end == memory_.threads) return true;
  const std::uint32_t row = context_.block_dim[0];
  const std::uint32_t plane = row * context_.block_dim[1];
  if (begin / row == (end - 1) / row) return true;  // in one row
  return begin % row == 0 && end % row == 0 && begin / plane == (end - 1) / plane;
}

ThreadRange BlockDriver::box(std::uint32_t begin, std::uint32_t end) const {
  if (begin == 0 && end == memory_.threads) return whole_;
  const std::uint32_t width = context_.block_dim[0], height = context_.block_dim[1];
  const std::uint32_t x = begin % width, y = begin / width % height, z = begin / width / height;
  const std::uint32_t count = end - begin;
  if (x + count <= width) return {x, x + count, y, y + 1, z, z + 1};
  return {0, width, y, y + count / width, z, z + 1};
}

void BlockDriver::advance(std::size_t index, bool release) {
  ThreadGroup& group = memory_.groups[index];
  if (group.state == kStateExit) return;
  if (group.state != kStateDiverged) {
    if (waits_for_block(group.state) && !release) return;
    if (is_box(group.begin, group.end)) {
      advance_together(group, index);
      if (group.state != kStateDiverged) return;
      release = false;  // those that wait for the block have only just come
      if (kernel_.uses_warps && group.size() > kWarpThreads) return split_into_warps();
    } else {
      // A warp that begins in the middle of a row: its lanes are run row by row.
      for (std::uint32_t rank = group.begin; rank < group.end; ++rank)
        memory_.state_of(rank) = group.state;
      group.state = kStateDiverged;
    }
    scatter_uniforms(group, memory_.uniforms_of_group(index, group.half));
  }
  advance_lanes(group, release);
}

void BlockDriver::advance_together(ThreadGroup& group, std::size_t index) {
  const KernelState* const states = kernel_.states.data();
  const ThreadRange range = box(group.begin, group.end);
  std::byte* const uniforms[2] = {memory_.uniforms_of_group(index, 0),
                                  memory_.uniforms_of_group(index, 1)};
  // All of a block is here already when all of its threads are one group.
  const bool is_whole_block = memory_.groups.size() == 1;
  const KernelFault& fault = *context_.fault;
  std::int32_t state = group.state;
  unsigned half = group.half;
  for (;;) {
    const KernelState& at = states[state];
    if (at.kind == StateKind::Converge) [[unlikely]]
      for (std::uint32_t rank = group.begin; rank < group.end; ++rank)
        memory_.mask_of(rank) = existing_lanes(rank);
    state = at.region(&context_, &range, uniforms[half], uniforms[half ^ 1u]);
    half ^= 1u;
    if (fault.raised) [[unlikely]]
      raise_fault();
    if (state == kStateExit || state == kStateDiverged) break;
    if (states[state].kind == StateKind::Grid) break;
    if (states[state].kind == StateKind::Block && !is_whole_block) break;
  }
  group.state = state;
  group.half = half;
}

void BlockDriver::split_into_warps() {
  const ThreadGroup block = memory_.groups.front();
  // Group 0's pair is about to hold the first warp's values: read them from the threads' copies.
  std::byte* kept = memory_.uniforms_of_thread(0);
  std::memcpy(kept, memory_.uniforms_of_group(0, block.half), memory_.uniform_bytes);
  memory_.groups.clear();
  for (std::uint32_t begin = 0; begin < block.end; begin += kWarpThreads) {
    ThreadGroup warp{begin, std::min(begin + kWarpThreads, block.end), 0, 0};
    warp.state = memory_.state_of(begin);
    for (std::uint32_t rank = warp.begin; rank < warp.end; ++rank)
      if (memory_.state_of(rank) != warp.state) warp.state = kStateDiverged;
    std::memcpy(memory_.uniforms_of_group(memory_.groups.size(), 0), kept, memory_.uniform_bytes);
    memory_.groups.push_back(warp);
  }
  for (const ThreadGroup& warp : memory_.groups)
    if (warp.state == kStateDiverged) scatter_uniforms(warp, memory_.uniforms_of_group(0, 0));
  for (std::size_t warp = 0; warp < memory_.groups.size(); ++warp) advance(warp, /*release=*/false);
}

void BlockDriver::scatter_uniforms(const ThreadGroup& group, const std::byte* uniforms) {
  for (std::uint32_t rank = group.begin; rank < group.end; ++rank)
    std::memcpy(memory_.uniforms_of_thread(rank), uniforms, memory_.uniform_bytes);
}

std::uint32_t BlockDriver::existing_lanes(std::uint32_t rank) const {
  const std::uint32_t warp = rank & ~(kWarpThreads - 1);
  const std::uint32_t lanes = std::min(kWarpThreads, memory_.threads - warp);
  return lanes == kWarpThreads ? ~0u : (1u << lanes) - 1;
}

bool BlockDriver::all_at_grid_sync() const {
  bool at_block = false, at_grid = false;
  const auto note = [&](std::int32_t state) {
    if (state == kStateExit) return;
    (kind_of(state) == StateKind::Grid ? at_grid : at_block) = true;
  };
  for (const ThreadGroup& group : memory_.groups) {
    if (group.state != kStateDiverged) {
      note(group.state);
    } else {
      for (std::uint32_t rank = group.begin; rank < group.end; ++rank) note(memory_.state_of(rank));
    }
  }
  if (at_grid && at_block)
    raise(ErrorCode::KernelFailed,
          format("kernel '{}', block ({}, {}, {}): some threads wait at grid.sync(), others at "
                 "__syncthreads(); all threads of a block must reach the same barrier",
                 kernel_.name, context_.block_index[0], context_.block_index[1],
                 context_.block_index[2]));
  return at_grid;
}

void BlockDriver::raise_fault() const {
  const KernelFault fault = std::exchange(*context_.fault, KernelFault{});
  const std::string where = fault.file ? format(" at {}:{}", fault.file, fault.line) : "";
  raise(ErrorCode::KernelFailed,
        format("kernel '{}': {}{}, block ({}, {}, {}), thread {}", kernel_.name, fault.text, where,
               context_.block_index[0], context_.block_index[1], context_.block_index[2],
               index_text(fault.thread, context_.block_dim)));
}

}  // namespace sennit::cpu
