// capi/handles.h: what the opaque handles are.
#pragma once

#include <atomic>
#include <memory>

#include "base/text.h"
#include "capi/boundary.h"
#include "runtime/array.h"
#include "runtime/runtime.h"

namespace sennit::capi {

// A handle that several owners share: retain and release from any thread.
struct Shared {
  std::atomic<int> owners{1};
};

template <typename Handle>
Handle* retain(Handle* handle) noexcept {
  if (handle != nullptr) handle->owners.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

template <typename Handle>
void release(Handle* handle) noexcept {
  if (handle != nullptr && handle->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete handle;
  }
}

// Raises InvalidArgument if it is none.
inline Dtype checked_dtype(snt_dtype dtype) {
  if (snt_dtype_bytes(dtype) == 0) {
    raise(ErrorCode::InvalidArgument, format("{} is no dtype", dtype));
  }
  return static_cast<Dtype>(dtype);
}

// A shape or strides; `name` is that of the caller's parameter.
inline std::span<const std::int64_t> extents(const std::int64_t* values, std::int32_t dimensions,
                                             const char* name) {
  if (dimensions < 0 || dimensions > SNT_MAX_DIMENSIONS) {
    raise(ErrorCode::InvalidArgument,
          format("{} dimensions; an array has 0 to {}", dimensions, SNT_MAX_DIMENSIONS));
  }
  if (dimensions > 0) required(values, name);
  return {values, static_cast<std::size_t>(dimensions)};
}

}  // namespace sennit::capi

struct snt_runtime : sennit::capi::Shared {
  explicit snt_runtime(std::shared_ptr<sennit::Runtime> made) : runtime(std::move(made)) {}
  const std::shared_ptr<sennit::Runtime> runtime;
};

struct snt_array : sennit::capi::Shared {
  snt_array(snt_runtime* of, const sennit::Array& made)
      : owner(sennit::capi::retain(of)), array(made) {}
  ~snt_array() { sennit::capi::release(owner); }
  snt_runtime* const owner;
  const sennit::Array array;
};

struct snt_view {
  std::unique_ptr<sennit::HostView> view;
};

struct snt_kernel : sennit::capi::Shared {
  snt_kernel(snt_runtime* of, std::shared_ptr<sennit::RuntimeKernel> made)
      : owner(sennit::capi::retain(of)), kernel(std::move(made)) {}
  ~snt_kernel() {
    kernel.reset();  // before the runtime
    sennit::capi::release(owner);
  }
  snt_runtime* const owner;
  std::shared_ptr<sennit::RuntimeKernel> kernel;  // constant
};
