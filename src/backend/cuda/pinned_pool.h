// backend/cuda/pinned_pool.h: host memory that the GPU copies at full rate.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"
#include "base/mutex.h"

namespace sennit::cuda {

// Page-locked memory in size classes, four to each doubling. Locking costs half a millisecond for
// each MiB, so it is done in large steps and what is freed is kept. Beyond the budget memory is
// ordinary: the driver copies it in steps of its own, slower. Any thread.
class PinnedPool {
 public:
  // `budget_bytes` 0: a quarter of what this process may use.
  PinnedPool(const CudaContext& context, std::size_t budget_bytes);
  ~PinnedPool();
  PinnedPool(const PinnedPool&) = delete;
  PinnedPool& operator=(const PinnedPool&) = delete;

  // Raises OutOfMemory.
  std::unique_ptr<Allocation> allocate(std::size_t bytes);
  // Never ordinary memory, whatever the budget: for buffers that stand between the driver and
  // ordinary memory. Raises OutOfMemory.
  std::unique_ptr<Allocation> allocate_locked(std::size_t bytes);
  // Unlocks and gives back what nobody uses.
  void trim();
  std::size_t pinned_bytes() const;
  // Whether `address` is in memory locked by this pool. Never waits for memory to be locked.
  bool owns(const void* address) const;

 private:
  class PinnedAllocation;
  class PageableAllocation;

  static constexpr std::size_t kSmallest = 256;
  static constexpr std::size_t kSlabLimit = std::size_t{1} << 20;  // larger blocks stand alone
  static constexpr std::size_t kClasses = 4 * 48;

  // Memory locked at once, cut into blocks of several classes.
  struct Slab {
    std::byte* memory = nullptr;
    std::size_t bytes = 0;
    std::size_t used = 0;  // cut off so far
    std::size_t live = 0;  // blocks handed out
  };

  static std::size_t class_of(std::size_t bytes);
  static std::size_t class_bytes(std::size_t index);
  // nullptr where the system refuses.
  std::byte* lock_memory(std::size_t bytes) SENNIT_REQUIRES(mutex_);
  bool fits_budget(std::size_t bytes) SENNIT_REQUIRES(mutex_);
  std::byte* cut(std::size_t bytes) SENNIT_REQUIRES(mutex_);
  // A block of the class that was given back; nullptr if there is none.
  std::byte* reuse(std::size_t index) SENNIT_REQUIRES(mutex_);
  void trim_locked() SENNIT_REQUIRES(mutex_);
  void give_back(std::byte* block, std::size_t index);

  void unlock_memory(std::byte* memory) SENNIT_REQUIRES(mutex_);

  const CudaContext& context_;
  const std::size_t budget_bytes_;
  mutable Mutex ranges_mutex_;  // held for a look only
  std::map<const std::byte*, std::size_t> ranges_ SENNIT_GUARDED_BY(ranges_mutex_);
  mutable Mutex mutex_;
  std::array<std::vector<std::byte*>, kClasses> free_ SENNIT_GUARDED_BY(mutex_);
  std::vector<Slab> slabs_ SENNIT_GUARDED_BY(mutex_);
  std::size_t next_slab_bytes_ SENNIT_GUARDED_BY(mutex_) = std::size_t{2} << 20;
  std::size_t pinned_bytes_ SENNIT_GUARDED_BY(mutex_) = 0;
};

}  // namespace sennit::cuda
