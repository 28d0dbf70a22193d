// backend/cuda/pinned_pool.cpp: host memory that the GPU copies at full rate.
#include "backend/cuda/pinned_pool.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "base/text.h"

namespace sennit::cuda {
namespace {

constexpr std::size_t kLargestSlab = std::size_t{64} << 20;
constexpr std::size_t kAlignment = 256;

std::size_t quarter_of_memory() {
  const auto pages = static_cast<std::size_t>(std::max(::sysconf(_SC_PHYS_PAGES), 1L));
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 4;
}

}  // namespace

class PinnedPool::PinnedAllocation final : public Allocation {
 public:
  PinnedAllocation(PinnedPool& pool, std::byte* block, std::size_t bytes, std::size_t index)
      : Allocation(block, bytes), pool_(pool), index_(index) {}
  ~PinnedAllocation() override { pool_.give_back(static_cast<std::byte*>(address()), index_); }

 private:
  PinnedPool& pool_;
  const std::size_t index_;
};

class PinnedPool::PageableAllocation final : public Allocation {
 public:
  explicit PageableAllocation(std::size_t bytes)
      : Allocation(
            std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment),
            bytes) {
    if (address() == nullptr) {
      raise(ErrorCode::OutOfMemory,
            format("the host cannot give {}; release arrays", format_bytes(bytes)));
    }
  }
  ~PageableAllocation() override { std::free(address()); }
};

PinnedPool::PinnedPool(const CudaContext& context, std::size_t budget_bytes)
    : context_(context), budget_bytes_(budget_bytes != 0 ? budget_bytes : quarter_of_memory()) {}

PinnedPool::~PinnedPool() {
  const Lock lock(mutex_);
  trim_locked();
}

// 256, 320, 384, 448, 512, 640, ... bytes.
std::size_t PinnedPool::class_of(std::size_t bytes) {
  bytes = std::max(bytes, kSmallest);
  const auto power = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 1;  // 2^power < bytes
  if (bytes == kSmallest) return 0;
  const std::size_t step = std::size_t{1} << (power - 2);
  const std::size_t part = (bytes - (std::size_t{1} << power) + step - 1) / step;  // 1 to 4
  return (power - 8) * 4 + part;
}

std::size_t PinnedPool::class_bytes(std::size_t index) {
  const std::size_t base = kSmallest << (index / 4);
  return base + base / 4 * (index % 4);
}

std::unique_ptr<Allocation> PinnedPool::allocate(std::size_t bytes) {
  const std::size_t index = class_of(bytes);
  const std::size_t rounded = class_bytes(index);
  {
    const Lock lock(mutex_);
    std::byte* block = reuse(index);
    if (block == nullptr && rounded <= kSlabLimit) {
      block = cut(rounded);
    } else if (block == nullptr && fits_budget(rounded)) {
      block = lock_memory(rounded);
    }
    if (block != nullptr) return std::make_unique<PinnedAllocation>(*this, block, bytes, index);
  }
  return std::make_unique<PageableAllocation>(bytes);
}

std::unique_ptr<Allocation> PinnedPool::allocate_locked(std::size_t bytes) {
  // A block that stands alone: slabs keep to the budget.
  const std::size_t index = class_of(std::max(bytes, kSlabLimit + 1));
  const Lock lock(mutex_);
  std::byte* block = reuse(index);
  if (block == nullptr) block = lock_memory(class_bytes(index));
  if (block == nullptr) {
    raise(ErrorCode::OutOfMemory,
          format("the system does not lock {} of host memory for copies; see ulimit -l",
                 format_bytes(bytes)));
  }
  return std::make_unique<PinnedAllocation>(*this, block, bytes, index);
}

std::byte* PinnedPool::reuse(std::size_t index) {
  if (free_[index].empty()) return nullptr;
  std::byte* block = free_[index].back();
  free_[index].pop_back();
  if (class_bytes(index) > kSlabLimit) return block;
  for (Slab& slab : slabs_) {
    if (block >= slab.memory && block < slab.memory + slab.bytes) ++slab.live;
  }
  return block;
}

bool PinnedPool::fits_budget(std::size_t bytes) {
  if (pinned_bytes_ + bytes > budget_bytes_) trim_locked();
  return pinned_bytes_ + bytes <= budget_bytes_;
}

std::byte* PinnedPool::lock_memory(std::size_t bytes) {
  const Current current(context_);
  const Relaxed relaxed(context_);
  void* memory = nullptr;
  const CUresult result = context_.driver().cuMemHostAlloc(&memory, bytes, kMemHostAllocPortable);
  if (result == CUDA_ERROR_OUT_OF_MEMORY) return nullptr;
  context_.check(result, format("locking {} of host memory", format_bytes(bytes)));
  pinned_bytes_ += bytes;
  const Lock ranges_lock(ranges_mutex_);
  ranges_[static_cast<const std::byte*>(memory)] = bytes;
  return static_cast<std::byte*>(memory);
}

void PinnedPool::unlock_memory(std::byte* memory) {
  {
    const Lock ranges_lock(ranges_mutex_);
    const auto range = ranges_.find(memory);
    pinned_bytes_ -= range->second;
    ranges_.erase(range);
  }
  context_.driver().cuMemFreeHost(memory);
}

bool PinnedPool::owns(const void* address) const {
  const auto* byte = static_cast<const std::byte*>(address);
  const Lock lock(ranges_mutex_);
  auto range = ranges_.upper_bound(byte);
  if (range == ranges_.begin()) return false;
  --range;
  return byte < range->first + range->second;
}

std::byte* PinnedPool::cut(std::size_t bytes) {
  if (slabs_.empty() || slabs_.back().used + bytes > slabs_.back().bytes) {
    Slab slab;
    slab.bytes = next_slab_bytes_;
    if (fits_budget(slab.bytes)) slab.memory = lock_memory(slab.bytes);
    if (slab.memory == nullptr) return nullptr;
    next_slab_bytes_ = std::min(next_slab_bytes_ * 2, kLargestSlab);
    slabs_.push_back(slab);
  }
  Slab& slab = slabs_.back();
  std::byte* block = slab.memory + slab.used;
  slab.used += bytes;
  ++slab.live;
  return block;
}

void PinnedPool::give_back(std::byte* block, std::size_t index) {
  const Lock lock(mutex_);
  free_[index].push_back(block);
  if (class_bytes(index) > kSlabLimit) return;
  for (Slab& slab : slabs_) {
    if (block >= slab.memory && block < slab.memory + slab.bytes) --slab.live;
  }
}

void PinnedPool::trim_locked() {
  if (context_.is_lost()) return;  // the driver frees it with the process
  for (std::size_t index = 0; index < kClasses; ++index) {
    if (class_bytes(index) <= kSlabLimit) continue;
    for (std::byte* block : free_[index]) unlock_memory(block);
    free_[index].clear();
  }
  std::erase_if(slabs_, [&](const Slab& slab) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    if (slab.live > 0) return false;
    for (std::vector<std::byte*>& blocks : free_) {
      std::erase_if(blocks, [&](const std::byte* block) {
        return block >= slab.memory && block < slab.memory + slab.bytes;
      });
    }
    unlock_memory(slab.memory);
    return true;
  });
}

void PinnedPool::trim() {
  const Lock lock(mutex_);
  trim_locked();
}

std::size_t PinnedPool::pinned_bytes() const {
  const Lock lock(mutex_);
  return pinned_bytes_;
}

}  // namespace sennit::cuda
