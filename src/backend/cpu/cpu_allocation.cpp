// backend/cpu/cpu_allocation.cpp: memory of the CPU device, which is the host's.
#include "backend/cpu/cpu_allocation.h"

#include <sys/mman.h>

#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

constexpr std::size_t kAlignment = 256;
constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kHugePageBytes = 2 * 1024 * 1024;
// Smaller blocks would waste much of their last huge page.
constexpr std::size_t kLeastHugeBytes = 4 * 1024 * 1024;

std::size_t alignment_for(std::size_t bytes) {
  if (bytes >= kLeastHugeBytes) return kHugePageBytes;
  return bytes >= kPageBytes ? kPageBytes : kAlignment;
}

// Gives back what it reserved, whether or not there was memory for it.
class CpuAllocation final : public Allocation {
 public:
  CpuAllocation(std::size_t bytes, std::atomic<std::size_t>& used_bytes)
      : Allocation(aligned(bytes), bytes), used_bytes_(used_bytes) {
    // A wish only; and only for whole huge pages, so that no neighbour's memory is meant.
    if (address() != nullptr && bytes >= kLeastHugeBytes) {
      madvise(address(), bytes / kHugePageBytes * kHugePageBytes, MADV_HUGEPAGE);
    }
  }
  ~CpuAllocation() override {
    std::free(address());
    used_bytes_.fetch_sub(bytes(), std::memory_order_relaxed);
  }

 private:
  // nullptr if there is none.
  static void* aligned(std::size_t bytes) {
    void* address = nullptr;
    return posix_memalign(&address, alignment_for(bytes), bytes) == 0 ? address : nullptr;
  }

  std::atomic<std::size_t>& used_bytes_;
};

}  // namespace

std::unique_ptr<Allocation> CpuMemory::allocate(std::size_t bytes) {
  if (bytes == 0) {
    raise(ErrorCode::InvalidArgument, "an allocation of 0 bytes; ask for at least 1");
  }
  if (reserve(bytes)) {
    auto allocation = std::make_unique<CpuAllocation>(bytes, used_bytes_);
    if (allocation->address() != nullptr) return allocation;
  }
  raise(ErrorCode::OutOfMemory,
        format("cannot allocate {}: {} of {} are in use; free arrays and retry",
               format_bytes(bytes), format_bytes(used_bytes()), format_bytes(limit_bytes_)));
}

bool CpuMemory::reserve(std::size_t bytes) {
  std::size_t used = used_bytes_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_bytes_ || used > limit_bytes_ - bytes) return false;
  } while (!used_bytes_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

}  // namespace sennit::cpu
