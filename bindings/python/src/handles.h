// bindings/python/src/handles.h: owning pointers to the C ABI's objects.
#pragma once

#include <memory>

#include "sennit/sennit.h"

namespace sennit::python {

template <typename T, void (*release)(T*)>
struct Releaser {
  void operator()(T* object) const noexcept { release(object); }
};
template <typename T, void (*release)(T*)>
using Handle = std::unique_ptr<T, Releaser<T, release>>;

using RuntimeHandle = Handle<snt_runtime, snt_runtime_release>;
using ArrayHandle = Handle<snt_array, snt_array_release>;
using KernelHandle = Handle<snt_kernel, snt_kernel_release>;
using ViewHandle = Handle<snt_view, snt_view_release>;
using TraceHandle = Handle<snt_trace, snt_trace_release>;
using ErrorHandle = Handle<snt_error, snt_error_release>;

// A struct of the C ABI, zeroed, with its size.
template <typename T>
T sized() {
  T value{};
  value.struct_size = sizeof(T);
  return value;
}

}  // namespace sennit::python
