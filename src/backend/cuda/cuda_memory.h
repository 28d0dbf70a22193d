// backend/cuda/cuda_memory.h: memory of one GPU, from a pool of ours in the driver.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"

namespace sennit::cuda {

// The driver's stream-ordered pool, kept apart from the process's default one so that its
// settings and figures are ours alone. What is freed stays in the pool for the next allocation.
// Any thread. Outlived by its context.
class DevicePool {
 public:
  explicit DevicePool(const CudaContext& context);
  ~DevicePool();
  DevicePool(const DevicePool&) = delete;
  DevicePool& operator=(const DevicePool&) = delete;

  // Raises OutOfMemory, with what is there and who has it.
  std::unique_ptr<Allocation> allocate(std::size_t bytes);
  // Lets other devices, which can reach this one, copy to and from it directly.
  void share_with(std::span<const CUdevice> peers);
  // Gives what is not in use back to the driver.
  void trim();
  std::size_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

 private:
  class PoolAllocation;
  CUresult try_allocate(std::size_t bytes, CUdeviceptr& address);
  [[noreturn]] void refuse(std::size_t bytes);

  const CudaContext& context_;
  CUmemoryPool pool_ = nullptr;
  // All allocations and frees are ordered here, so a freed block is safe to hand out again.
  CUstream stream_ = nullptr;
  std::atomic<std::size_t> used_bytes_{0};
};

}  // namespace sennit::cuda
