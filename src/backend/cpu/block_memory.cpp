// backend/cpu/block_memory.cpp: all that a block in the middle of a kernel consists of.
#include "backend/cpu/block_memory.h"

#include <cstring>

namespace sennit::cpu {

namespace {

// Vector code may load whole vectors of a masked tail.
constexpr std::size_t kTailBytes = 256;

std::uint32_t padded(std::uint32_t threads) { return (threads + 63u) & ~63u; }

}  // namespace

void BlockMemory::prepare(const CompiledKernel& kernel, std::uint32_t thread_count,
                          std::size_t dynamic_shared_bytes) {
  threads = thread_count;
  uniform_bytes = kernel.uniform_bytes;
  const std::uint32_t places = padded(threads);
  const std::size_t warps = (threads + kWarpThreads - 1) / kWarpThreads;
  frame.fit(kernel.frame_bytes * places + kTailBytes);
  shared.fit(kernel.static_shared_bytes + dynamic_shared_bytes + kTailBytes);
  next_state.fit(places * sizeof(std::uint32_t) + kTailBytes);
  const std::size_t exchange_bytes = (places + 2 * kExchangeMargin) * sizeof(std::uint64_t);
  exchange.fit(exchange_bytes);
  // A lane that leaves before its first vote must not seem to vote; every exchange leaves zeros
  // behind, but a block that failed may not have.
  if (kernel.uses_warps) std::memset(exchange.get(), 0, exchange_bytes);
  warp_mask.fit(places * sizeof(std::uint32_t) + kTailBytes);
  group_uniforms.fit(warps * 2 * uniform_bytes + kTailBytes);
  thread_uniforms.fit((threads + 1) * uniform_bytes + kTailBytes);
  if (runnable.size() < places) runnable.resize(places);
}

void BlockMemory::attach(BlockContext& context, const CompiledKernel& kernel) const {
  context.padded_threads = padded(threads);
  context.static_shared = shared.get();
  context.dynamic_shared = shared.get() + kernel.static_shared_bytes;
  context.frame = frame.get();
  context.exchange = reinterpret_cast<std::uint64_t*>(exchange.get());
  context.next_state = reinterpret_cast<std::uint32_t*>(next_state.get());
  context.warp_mask = reinterpret_cast<std::uint32_t*>(warp_mask.get());
}

}  // namespace sennit::cpu
