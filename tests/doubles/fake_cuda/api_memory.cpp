// fake_cuda/api_memory.cpp: pools, pinned memory, copies and fills.
#include "base/text.h"
#include "fake_cuda/api.h"

namespace fake_cuda::api {
namespace {

std::uint64_t& word(void* value) { return *static_cast<std::uint64_t*>(value); }

void submit_fill(const Fill& fill, CUstream handle) {
  Machine& m = machine();
  const StreamPtr stream = m.stream(handle);
  m.submit(stream, fill_work(m, *stream->context, fill), GraphNode::Kind::Fill);
}

// For work that makes no graph node here.
StreamPtr uncaptured(CUstream handle) {
  const StreamPtr stream = machine().stream(handle);
  require(stream->capture == nullptr, CUDA_ERROR_NOT_SUPPORTED);
  return stream;
}

bool is_pageable(CUdeviceptr address) { return machine().memory.find(address) == nullptr; }

}  // namespace

CUresult cuMemGetInfo(std::size_t* free, std::size_t* total) {
  Machine& m = machine();
  *free = m.memory.free_bytes(m.current()->device);
  *total = m.config.memory_bytes;
  return CUDA_SUCCESS;
}

CUresult cuMemPoolCreate(CUmemoryPool* pool, const CUmemPoolProps* properties) {
  require(pool != nullptr && properties != nullptr);
  require(properties->allocType == CU_MEM_ALLOCATION_TYPE_PINNED &&
          properties->location.type == CU_MEM_LOCATION_TYPE_DEVICE);
  auto made = std::make_shared<Pool>();
  made->device = machine().device(properties->location.id);
  *pool = handle_of<CUmemoryPool>(machine().pools.add(std::move(made)));
  return CUDA_SUCCESS;
}

// What is allocated from it stays.
CUresult cuMemPoolDestroy(CUmemoryPool handle) {
  const PoolPtr pool = machine().pools.take(handle);
  pool->release_threshold_bytes = 0;
  machine().memory.trim(*pool, 0);
  return CUDA_SUCCESS;
}

CUresult cuMemPoolSetAttribute(CUmemoryPool handle, CUmemPool_attribute attribute, void* value) {
  const PoolPtr pool = machine().pools.get(handle);
  require(value != nullptr && attribute == CU_MEMPOOL_ATTR_RELEASE_THRESHOLD);
  pool->release_threshold_bytes = word(value);
  return CUDA_SUCCESS;
}

CUresult cuMemPoolGetAttribute(CUmemoryPool handle, CUmemPool_attribute attribute, void* value) {
  const PoolPtr pool = machine().pools.get(handle);
  require(value != nullptr);
  switch (attribute) {
    case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD:
      word(value) = pool->release_threshold_bytes;
      return CUDA_SUCCESS;
    case CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT:
      word(value) = pool->reserved_bytes;
      return CUDA_SUCCESS;
    case CU_MEMPOOL_ATTR_USED_MEM_CURRENT:
      word(value) = pool->used_bytes;
      return CUDA_SUCCESS;
  }
  refuse(CUDA_ERROR_INVALID_VALUE);
}

CUresult cuMemPoolSetAccess(CUmemoryPool handle, const CUmemAccessDesc* descriptions,
                            std::size_t count) {
  Machine& m = machine();
  const PoolPtr pool = m.pools.get(handle);
  for (std::size_t i = 0; i < count; ++i) {
    const int device = m.device(descriptions[i].location.id);
    require(device == pool->device || m.config.peer_access != 0, CUDA_ERROR_INVALID_DEVICE);
    if (descriptions[i].flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE) {
      pool->readable_by.insert(device);
    } else {
      require(device != pool->device);
      pool->readable_by.erase(device);
    }
  }
  return CUDA_SUCCESS;
}

CUresult cuMemPoolTrimTo(CUmemoryPool handle, std::size_t bytes_to_keep) {
  Machine& m = machine();
  m.refuse_if_capturing();
  m.memory.trim(*m.pools.get(handle), bytes_to_keep);
  return CUDA_SUCCESS;
}

// Other streams may use the memory behind this point of the stream only.
CUresult cuMemAllocFromPoolAsync(CUdeviceptr* address, std::size_t bytes, CUmemoryPool pool_handle,
                                 CUstream handle) {
  Machine& m = machine();
  require(address != nullptr);
  const PoolPtr pool = m.pools.get(pool_handle);
  const StreamPtr stream = uncaptured(handle);
  m.refuse_if_capturing();
  require(bytes > 0);
  BlockPtr block = m.memory.allocate(bytes, pool->device, pool);
  if (block == nullptr) {  // the driver waits for memory that is being freed
    m.run_all();
    m.check_fault(*stream->context);
    m.memory.trim_to_thresholds();
    block = m.memory.allocate(bytes, pool->device, pool);
  }
  require(block != nullptr, CUDA_ERROR_OUT_OF_MEMORY);
  Work work;
  work.what = sennit::format("the allocation of {} bytes", bytes);
  work.uses.push_back({block, 0, bytes, Mode::Release});
  m.submit(stream, std::move(work));
  *address = reinterpret_cast<CUdeviceptr>(block->address);
  return CUDA_SUCCESS;
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream handle) {
  Machine& m = machine();
  const StreamPtr stream = uncaptured(handle);
  m.refuse_if_capturing();
  const BlockPtr block = m.memory.find(address);
  require(block != nullptr && block->pool != nullptr && !block->freed &&
          reinterpret_cast<CUdeviceptr>(block->address) == address);
  Work work;
  work.what = sennit::format("the freeing of {}", describe(*block));
  work.uses.push_back({block, 0, block->bytes, Mode::Release});
  work.when_done = [&m, block] { m.memory.release(block); };
  m.submit(stream, std::move(work));
  m.memory.mark_freed(*block);
  return CUDA_SUCCESS;
}

CUresult cuMemHostAlloc(void** address, std::size_t bytes, unsigned flags) {
  require(address != nullptr && (flags & ~7u) == 0 && bytes > 0);
  Machine& m = machine();
  m.current();
  m.refuse_if_capturing();
  const BlockPtr block = m.memory.allocate(bytes, kHostMemory, nullptr);
  require(block != nullptr, CUDA_ERROR_OUT_OF_MEMORY);
  *address = block->address;
  return CUDA_SUCCESS;
}

// The driver may wait here, and may not: pending work on it is the caller's mistake.
CUresult cuMemFreeHost(void* address) {
  Machine& m = machine();
  m.refuse_if_capturing();
  const BlockPtr block = m.memory.find(reinterpret_cast<CUdeviceptr>(address));
  require(block != nullptr && block->device == kHostMemory && !block->freed &&
          block->address == address);
  for (const Access& access : block->accesses) {
    if (access.operation->observed) continue;
    m.report(sennit::format("{} is freed while {} on it may be pending", describe(*block),
                            access.operation->work.what));
    block->misused = true;
    m.wait_for({access.operation});
    break;
  }
  m.memory.release(block);
  return CUDA_SUCCESS;
}

CUresult cuPointerGetAttribute(void* value, CUpointer_attribute attribute, CUdeviceptr address) {
  require(value != nullptr);
  const BlockPtr block = machine().memory.find(address);
  require(block != nullptr && !block->freed);
  switch (attribute) {
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE:
      *static_cast<unsigned*>(value) =
          block->device == kHostMemory ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_DEVICE;
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_IS_MANAGED:
      *static_cast<unsigned*>(value) = 0;
      return CUDA_SUCCESS;
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL:
      *static_cast<int*>(value) = block->device == kHostMemory ? 0 : block->device;
      return CUDA_SUCCESS;
  }
  refuse(CUDA_ERROR_INVALID_VALUE);
}

// Pageable memory is read when the copy is queued, whatever the stream has yet to do: so does the
// real driver. A copy to or from it may or may not be done when the call returns.
CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream handle) {
  Machine& m = machine();
  const StreamPtr stream = m.stream(handle);
  const bool pageable = bytes > 0 && (is_pageable(to) || is_pageable(from));
  Work work = copy_work(m, to, from, bytes);
  if (bytes > 0 && is_pageable(from) && stream->capture == nullptr) {
    const auto* first = reinterpret_cast<const std::byte*>(static_cast<std::uintptr_t>(from));
    auto* const target = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(to));
    work.run = [target, now = std::vector<std::byte>(first, first + bytes)] {
      std::memcpy(target, now.data(), now.size());
      return CUDA_SUCCESS;
    };
  }
  m.submit(stream, std::move(work), GraphNode::Kind::Copy);
  if (pageable && stream->capture == nullptr && m.random() % 2 == 0) {
    const OperationPtr copy = stream->frontier.front();
    m.run_until([&] { return copy->done; });
  }
  return CUDA_SUCCESS;
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t count, CUstream stream) {
  submit_fill({to, 0, value, 1, count, 1}, stream);
  return CUDA_SUCCESS;
}

CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, std::size_t count,
                          CUstream stream) {
  submit_fill({to, 0, value, 2, count, 1}, stream);
  return CUDA_SUCCESS;
}

CUresult cuMemsetD32Async(CUdeviceptr to, unsigned int value, std::size_t count, CUstream stream) {
  submit_fill({to, 0, value, 4, count, 1}, stream);
  return CUDA_SUCCESS;
}

CUresult cuMemsetD2D32Async(CUdeviceptr to, std::size_t pitch, unsigned int value,
                            std::size_t width, std::size_t height, CUstream stream) {
  submit_fill({to, pitch, value, 4, width, height}, stream);
  return CUDA_SUCCESS;
}

}  // namespace fake_cuda::api
