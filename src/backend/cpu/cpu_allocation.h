// backend/cpu/cpu_allocation.h: memory of the CPU device, which is the host's.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "backend/backend.h"

namespace sennit::cpu {

// Hands out memory up to a limit. The system itself would promise more than it has, and end the
// process when it is asked to keep the promise.
class CpuMemory {
 public:
  explicit CpuMemory(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}
  CpuMemory(const CpuMemory&) = delete;
  CpuMemory& operator=(const CpuMemory&) = delete;

  // Raises OutOfMemory; InvalidArgument for no bytes at all. The allocation must not outlive
  // this. Large blocks are aligned to pages and ask for huge ones: a kernel over gigabytes then
  // misses the TLB far less. Any thread.
  std::unique_ptr<Allocation> allocate(std::size_t bytes);

  std::size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

 private:
  bool reserve(std::size_t bytes);

  const std::size_t limit_bytes_;
  std::atomic<std::size_t> used_bytes_{0};
};

}  // namespace sennit::cpu
