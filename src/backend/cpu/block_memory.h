// backend/cpu/block_memory.h: all that a block in the middle of a kernel consists of.
//
// A block has no stack of its own between two regions: its state numbers, the values in the
// frame and its shared memory are the whole of it. So a block can be put aside and gone on with
// later, on another thread too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/cpu/compiled_kernel.h"
#include "backend/cpu/kernel_abi.h"

namespace sennit::cpu {

// Bytes at a cache line's start, which grow and never shrink. Their contents are undefined.
class AlignedBytes {
 public:
  // Contents are lost if it has to grow.
  std::byte* fit(std::size_t bytes) {
    if (bytes > capacity_) {
      bytes_.reset(new (std::align_val_t{kAlignment}) std::byte[bytes]);
      capacity_ = bytes;
    }
    return bytes_.get();
  }
  std::byte* get() const { return bytes_.get(); }

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Free {
    void operator()(std::byte* bytes) const {
      ::operator delete[](bytes, std::align_val_t{kAlignment});
    }
  };
  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t capacity_ = 0;
};

// Threads [begin, end) of a block that are driven together: the whole block, or a warp.
struct ThreadGroup {
  std::uint32_t begin = 0, end = 0;
  // The state that all of them have reached; kStateDiverged: see BlockMemory::next_state.
  std::int32_t state = 0;
  // Regions read uniform values from one half of the group's pair and write to the other.
  unsigned half = 0;

  std::uint32_t size() const { return end - begin; }
};

struct BlockMemory {
  AlignedBytes frame, shared, exchange;
  AlignedBytes group_uniforms;         // a pair for each group
  AlignedBytes thread_uniforms;        // one for each thread, of groups that have diverged
  AlignedBytes next_state, warp_mask;  // std::uint32_t for each thread
  std::vector<ThreadGroup> groups;
  std::vector<std::uint8_t> runnable;  // scratch of the lane scheduler, per thread
  std::uint32_t threads = 0;
  std::size_t uniform_bytes = 0;  // of one set

  // Room for a block of this kernel; contents are undefined.
  void prepare(const CompiledKernel& kernel, std::uint32_t thread_count,
               std::size_t dynamic_shared_bytes);

  std::byte* uniforms_of_group(std::size_t group, unsigned half) const {
    return group_uniforms.get() + (group * 2 + half) * uniform_bytes;
  }
  std::byte* uniforms_of_thread(std::uint32_t rank) const {
    return thread_uniforms.get() + rank * uniform_bytes;
  }
  std::int32_t& state_of(std::uint32_t rank) const {
    return reinterpret_cast<std::int32_t*>(next_state.get())[rank];
  }
  std::uint32_t& mask_of(std::uint32_t rank) const {
    return reinterpret_cast<std::uint32_t*>(warp_mask.get())[rank];
  }
  // Points the context at this memory.
  void attach(BlockContext& context, const CompiledKernel& kernel) const;
};

}  // namespace sennit::cpu
