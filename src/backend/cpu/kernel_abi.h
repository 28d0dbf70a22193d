// backend/cpu/kernel_abi.h: the layout that generated code and the block runner share.
//
// A kernel is cut at its synchronisation points. Each cut is a *state*; state 0 is the kernel's
// start. The code from one state to the next ones is a *region*: a function that runs a range of
// the block's threads from that state until each has reached its next one. The block runner
// calls regions until every thread has left the kernel.
//
// compiler/region_builder.cpp writes these offsets into generated code: changing a struct here
// means raising kImageVersion (compiler/image.h), so that images cached on disk are not reused.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sennit::cpu {

// How a state is passed: which threads must have arrived before any goes on.
enum class StateKind : std::uint8_t {
  Start = 0,     // the kernel's first instruction: nothing to wait for
  Block = 1,     // __syncthreads: all threads of the block that have not left
  Warp = 2,      // __syncwarp(mask): the threads of the warp that are named by the mask
  Pseudo = 3,    // nobody waits; a cut that only makes the loop over threads the innermost one
  Converge = 4,  // __activemask: whoever of the warp has arrived once nobody else can go on
  Grid = 5,      // grid.sync(): all threads of all blocks
};

// What a region returns beside the number of the state that all its threads have reached.
inline constexpr std::int32_t kStateExit = 0x7fffffff;  // they have left the kernel
// They reached different states: BlockContext::next_state has one per thread.
inline constexpr std::int32_t kStateDiverged = -1;

inline constexpr std::uint32_t kWarpThreads = 32;
inline constexpr std::uint32_t kMaxThreadsPerBlock = 1024;

// Elements that lie unused on each side of the exchange buffer: a shuffle's neighbour access
// may be computed, never used, for a lane outside the block.
inline constexpr std::uint32_t kExchangeMargin = 64;

// The first failure of a block. Written by `report_fault`, which generated code calls.
struct KernelFault {
  bool raised = false;
  std::uint32_t thread = 0;    // rank in the block
  const char* text = nullptr;  // "assertion `n > 0' failed"; lives in the module's memory
  const char* file = nullptr;  // nullptr: not known
  std::uint32_t line = 0;
};

// What a region needs to know about the block that it runs.
struct BlockContext {
  std::uint32_t block_index[3];
  std::uint32_t block_dim[3];
  std::uint32_t grid_dim[3];
  std::uint32_t padded_threads;  // threads of a block, rounded up to a multiple of 64
  const void* const* arguments;  // one address for each kernel parameter
  std::byte* static_shared;
  std::byte* dynamic_shared;
  // Values that live across a state, structure of arrays: value v of thread t is at
  // frame + padded_threads * offset(v) + t * bytes(v).
  std::byte* frame;
  std::uint64_t* exchange;    // of shuffles and votes; one element per thread, with margins
  std::uint32_t* next_state;  // per thread; written by regions that return kStateDiverged
  std::uint32_t* warp_mask;   // per thread; the mask that it waits with, or was released with
  KernelFault* fault;
};

// The threads that a region runs: begin <= index < end in each dimension, never empty.
struct ThreadRange {
  std::uint32_t x_begin, x_end, y_begin, y_end, z_begin, z_end;
};

// `uniforms_in` and `uniforms_out` hold the values that are the same in all threads of a range;
// they never overlap.
using RegionFunction = std::int32_t (*)(BlockContext* context, const ThreadRange* threads,
                                        const std::byte* uniforms_in, std::byte* uniforms_out);

// Generated code bakes these in.
static_assert(offsetof(BlockContext, block_dim) == 12 && offsetof(BlockContext, grid_dim) == 24);
static_assert(offsetof(BlockContext, padded_threads) == 36);
static_assert(offsetof(BlockContext, arguments) == 40 && offsetof(BlockContext, fault) == 96);
static_assert(sizeof(ThreadRange) == 24);

}  // namespace sennit::cpu
