// fake_cuda/memory.h: allocations, and who touches them when.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "fake_cuda/objects.h"

namespace fake_cuda {

class Memory {
 public:
  static constexpr std::byte kFresh{0xA5};
  static constexpr std::byte kFreed{0xDD};
  static constexpr std::size_t kAlignment = 512;

  using Report = std::function<void(std::string)>;
  explicit Memory(const Report& report) : report_(report) {}

  void reset(std::size_t devices, std::size_t device_bytes);

  // nullptr: there is no room. `pool` or, for pinned memory and variables, nullptr.
  BlockPtr allocate(std::size_t bytes, int device, PoolPtr pool);
  // The address may no longer be named; the memory itself goes with `release`.
  void mark_freed(Block& block) { block.freed = true; }
  void release(const BlockPtr& block);
  // Gives back what pools hold in reserve, down to `keep_bytes` of each.
  void trim(Pool& pool, std::size_t keep_bytes);
  void trim_to_thresholds();
  std::size_t free_bytes(int device) const;

  // The block, live or freed, that [address, address + bytes) starts in; nullptr if none does. The
  // address behind the last byte is of the block: where an empty slice begins.
  BlockPtr find(std::uint64_t address) const;
  // The live block that holds all of it; nullptr for memory of the host that is not ours. Refuses
  // freed memory, where the real driver may crash, and what goes past the end.
  BlockPtr find_range(std::uint64_t address, std::size_t bytes) const;

  std::size_t live_blocks(bool pinned) const;
  // Frees all; what was written to after its release is reported.
  void clear();

 private:
  static constexpr std::size_t kKeptBytes = std::size_t{32} << 20;  // of freed memory

  void forget_oldest();

  const Report& report_;
  std::map<std::uint64_t, BlockPtr> blocks_;
  std::deque<BlockPtr> released_;  // oldest first
  std::size_t released_bytes_ = 0;
  std::size_t device_bytes_ = 0;
  std::vector<std::size_t> used_bytes_;  // by device, without pools
  std::vector<std::weak_ptr<Pool>> pools_;
};

std::string describe(const Block& block);

}  // namespace fake_cuda
