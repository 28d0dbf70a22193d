// backend/cuda/cuda_memory.cpp: memory of one GPU.
#include "backend/cuda/cuda_memory.h"

#include <limits>
#include <vector>

#include "base/text.h"

namespace sennit::cuda {

class DevicePool::PoolAllocation final : public Allocation {
 public:
  PoolAllocation(DevicePool& pool, CUdeviceptr address, std::size_t bytes)
      : Allocation(reinterpret_cast<void*>(address), bytes), pool_(pool) {
    pool_.used_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  // All work that used it is done, so it may be handed out at once.
  ~PoolAllocation() override {
    pool_.used_bytes_.fetch_sub(bytes(), std::memory_order_relaxed);
    if (pool_.context_.is_lost()) return;
    const Driver& driver = pool_.context_.driver();
    const Relaxed relaxed(pool_.context_);
    pool_.context_.note(
        driver.cuMemFreeAsync(reinterpret_cast<CUdeviceptr>(address()), pool_.stream_));
  }

 private:
  DevicePool& pool_;
};

DevicePool::DevicePool(const CudaContext& context) : context_(context) {
  const Driver& driver = context.driver();
  const Current current(context);
  const Relaxed relaxed(context);
  CUmemPoolProps properties{};
  properties.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
  properties.handleTypes = CU_MEM_HANDLE_TYPE_NONE;
  properties.location = {CU_MEM_LOCATION_TYPE_DEVICE, context.device()};
  context.check(driver.cuMemPoolCreate(&pool_, &properties), "creating a memory pool");
  auto keep_all = std::numeric_limits<std::uint64_t>::max();
  context.check(driver.cuMemPoolSetAttribute(pool_, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keep_all),
                "setting up a memory pool");
  context.check(driver.cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING), "creating a stream");
}

DevicePool::~DevicePool() {
  if (context_.is_lost()) return;
  const Driver& driver = context_.driver();
  try {
    const Current current(context_);
    const Relaxed relaxed(context_);
    driver.cuStreamSynchronize(stream_);
    driver.cuStreamDestroy(stream_);
    driver.cuMemPoolDestroy(pool_);
  } catch (const Error&) {  // the driver is shutting down
  }
}

CUresult DevicePool::try_allocate(std::size_t bytes, CUdeviceptr& address) {
  const Driver& driver = context_.driver();
  CUresult result = driver.cuMemAllocFromPoolAsync(&address, bytes, pool_, stream_);
  // The memory is used on other streams, which are not ordered behind this one.
  if (result == CUDA_SUCCESS) result = driver.cuStreamSynchronize(stream_);
  return result;
}

std::unique_ptr<Allocation> DevicePool::allocate(std::size_t bytes) {
  const Current current(context_);
  const Relaxed relaxed(context_);
  CUdeviceptr address = 0;
  CUresult result = try_allocate(bytes, address);
  if (result == CUDA_ERROR_OUT_OF_MEMORY) {  // pieces that do not fit may make one that does
    trim();
    result = try_allocate(bytes, address);
  }
  if (result == CUDA_ERROR_OUT_OF_MEMORY) refuse(bytes);
  context_.check(result,
                 format("allocating {} on CUDA device {}", format_bytes(bytes), context_.device()));
  return std::make_unique<PoolAllocation>(*this, address, bytes);
}

void DevicePool::refuse(std::size_t bytes) {
  std::size_t free = 0;
  std::size_t total = 0;
  context_.driver().cuMemGetInfo(&free, &total);
  raise(ErrorCode::OutOfMemory,
        format("CUDA device {} cannot give {}: of its {} this runtime's arrays hold {}, and {} are "
               "free; release arrays, or use smaller ones",
               context_.device(), format_bytes(bytes), format_bytes(total),
               format_bytes(used_bytes()), format_bytes(free)));
}

void DevicePool::share_with(std::span<const CUdevice> peers) {
  std::vector<CUmemAccessDesc> access;
  for (const CUdevice peer : peers) {
    access.push_back({{CU_MEM_LOCATION_TYPE_DEVICE, peer}, CU_MEM_ACCESS_FLAGS_PROT_READWRITE});
  }
  if (access.empty()) return;
  context_.check(context_.driver().cuMemPoolSetAccess(pool_, access.data(), access.size()),
                 "opening a memory pool to other devices");
}

void DevicePool::trim() {
  const Driver& driver = context_.driver();
  const Relaxed relaxed(context_);
  driver.cuStreamSynchronize(stream_);
  driver.cuMemPoolTrimTo(pool_, 0);
}

}  // namespace sennit::cuda
