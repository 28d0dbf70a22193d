// capi/handles.h: what the opaque handles are.
#pragma once

#include <atomic>
#include <memory>

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
    // Its code is still needed by launches that are not done.
    owner->runtime->scheduler().keep(kernel);
    sennit::capi::release(owner);
  }
  snt_runtime* const owner;
  const std::shared_ptr<sennit::RuntimeKernel> kernel;
};
