#include "fake_cuda/memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace fake_cuda {

using sennit::format;
using sennit::format_bytes;

std::string describe(const Block& block) {
  const std::string place =
      block.device == kHostMemory ? "pinned memory" : format("memory of device {}", block.device);
  return format("{} at {} ({})", place, static_cast<const void*>(block.address),
                format_bytes(block.bytes));
}

void Memory::reset(std::size_t devices, std::size_t device_bytes) {
  clear();
  device_bytes_ = device_bytes;
  used_bytes_.assign(devices, 0);
  pools_.clear();
}

std::size_t Memory::free_bytes(int device) const {
  std::size_t used = used_bytes_[static_cast<std::size_t>(device)];
  for (const std::weak_ptr<Pool>& weak : pools_) {
    const PoolPtr pool = weak.lock();
    if (pool != nullptr && pool->device == device) used += pool->reserved_bytes;
  }
  return device_bytes_ - std::min(device_bytes_, used);
}

BlockPtr Memory::allocate(std::size_t bytes, int device, PoolPtr pool) {
  // At least one byte more, so that the end of this memory is not the start of somebody else's.
  const std::size_t rounded = (bytes / kAlignment + 1) * kAlignment;
  if (rounded < bytes) return nullptr;
  if (pool != nullptr) {
    const std::size_t reserve = pool->reserved_bytes - pool->used_bytes;
    const std::size_t more = bytes - std::min(bytes, reserve);
    if (more > free_bytes(device)) return nullptr;
    pool->reserved_bytes += more;
    pool->used_bytes += bytes;
    const auto is_pool = [&](const auto& weak) { return weak.lock() == pool; };
    if (std::none_of(pools_.begin(), pools_.end(), is_pool)) pools_.push_back(pool);
  } else if (device != kHostMemory) {
    if (bytes > free_bytes(device)) return nullptr;
    used_bytes_[static_cast<std::size_t>(device)] += bytes;
  }
  auto block = std::make_shared<Block>();
  block->address = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (block->address == nullptr) return nullptr;
  std::memset(block->address, static_cast<int>(kFresh), rounded);
  block->bytes = bytes;
  block->device = device;
  block->pool = std::move(pool);
  blocks_.emplace(reinterpret_cast<std::uint64_t>(block->address), block);
  return block;
}

void Memory::release(const BlockPtr& block) {
  block->freed = true;
  if (block->pool != nullptr) {
    block->pool->used_bytes -= block->bytes;
  } else if (block->device != kHostMemory) {
    used_bytes_[static_cast<std::size_t>(block->device)] -= block->bytes;
  }
  std::memset(block->address, static_cast<int>(kFreed), block->bytes);
  block->accesses.clear();
  released_.push_back(block);
  released_bytes_ += block->bytes;
  while (released_bytes_ > kKeptBytes) forget_oldest();
}

void Memory::forget_oldest() {
  const BlockPtr block = std::move(released_.front());
  released_.pop_front();
  released_bytes_ -= block->bytes;
  const bool written = std::any_of(block->address, block->address + block->bytes,
                                   [](std::byte value) { return value != kFreed; });
  if (written && !block->misused) {
    report_(format("{} was written to after it was freed", describe(*block)));
  }
  blocks_.erase(reinterpret_cast<std::uint64_t>(block->address));
  std::free(block->address);
}

void Memory::trim(Pool& pool, std::size_t keep_bytes) {
  pool.reserved_bytes = std::max(pool.used_bytes, std::min(pool.reserved_bytes, keep_bytes));
}

void Memory::trim_to_thresholds() {
  for (const std::weak_ptr<Pool>& weak : pools_) {
    const PoolPtr pool = weak.lock();
    if (pool != nullptr) trim(*pool, pool->release_threshold_bytes);
  }
}

BlockPtr Memory::find(std::uint64_t address) const {
  const auto after = blocks_.upper_bound(address);
  if (after == blocks_.begin()) return nullptr;
  const auto& [begin, block] = *std::prev(after);
  return address <= begin + block->bytes ? block : nullptr;
}

BlockPtr Memory::find_range(std::uint64_t address, std::size_t bytes) const {
  BlockPtr block = find(address);
  if (block == nullptr) {
    const auto next = blocks_.lower_bound(address);
    require(next == blocks_.end() || next->first - address >= bytes);
    return nullptr;
  }
  const auto offset =
      static_cast<std::size_t>(address - reinterpret_cast<std::uint64_t>(block->address));
  if (block->freed) report_(format("{} is used after it was freed", describe(*block)));
  require(!block->freed && bytes <= block->bytes - offset);
  return block;
}

std::size_t Memory::live_blocks(bool pinned) const {
  return static_cast<std::size_t>(
      std::count_if(blocks_.begin(), blocks_.end(), [&](const auto& entry) {
        const Block& block = *entry.second;
        return !block.freed && (pinned ? block.device == kHostMemory : block.pool != nullptr);
      }));
}

void Memory::clear() {
  while (!released_.empty()) forget_oldest();
  for (const auto& [address, block] : blocks_) std::free(block->address);
  blocks_.clear();
}

}  // namespace fake_cuda
