// bindings/python/src/array.h: sennit.Array and its views.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "handles.h"
#include "runtime.h"

namespace sennit::python {

namespace nb = nanobind;

class Array {
 public:
  Array(ArrayHandle handle, RuntimeRef runtime);

  snt_array* native() const { return handle_.get(); }
  const RuntimeRef& runtime() const { return runtime_; }

  // Constant after construction.
  snt_dtype dtype() const { return info_.dtype; }
  int dimensions() const { return info_.dimensions; }
  std::span<const std::int64_t> shape() const {
    return {info_.shape, static_cast<std::size_t>(info_.dimensions)};
  }
  std::span<const std::int64_t> strides() const {  // in bytes
    return {info_.strides_bytes, static_cast<std::size_t>(info_.dimensions)};
  }
  std::int64_t size() const { return info_.size; }
  std::size_t item_bytes() const { return item_bytes_; }
  std::size_t bytes() const { return static_cast<std::size_t>(info_.size) * item_bytes_; }
  const snt_array_info& info() const { return info_; }

  // Waiting. A call that reads or writes the array's bytes waits for what writes them; it holds
  // the GIL only if the array was found ready and nothing has been submitted since.
  template <typename Call>
  void access(Call&& call) {
    if (ready_at_ == runtime_->submissions) {
      call();
    } else {
      const std::uint64_t seen = runtime_->submissions;
      without_gil(call);
      ready_at_ = seen;
    }
  }

 private:
  RuntimeRef runtime_;
  ArrayHandle handle_;
  snt_array_info info_;
  std::size_t item_bytes_;
  std::uint64_t ready_at_ = 0;
};

inline PyTypeObject* array_type = nullptr;  // sennit.Array, once it is bound

inline Array& array_of(PyObject* self) { return *nb::inst_ptr<Array>(self); }
// The array in a Python object; null if it is something else. Array has no subclasses.
inline Array* find_array(nb::handle object) {
  return Py_TYPE(object.ptr()) == array_type ? &array_of(object.ptr()) : nullptr;
}

// As Python objects.
nb::object wrap(ArrayHandle handle, const RuntimeRef& runtime);
nb::object create_array(const RuntimeRef& runtime, snt_dtype dtype,
                        std::span<const std::int64_t> shape, snt_order order, snt_initial initial);
// `offset_bytes` counts from the first element of `array`.
nb::object view_of(const Array& array, snt_dtype dtype, std::span<const std::int64_t> shape,
                   std::span<const std::int64_t> strides_bytes, std::int64_t offset_bytes);
// A new array of C order with the same elements.
nb::object copy_of(const Array& array);

nb::tuple tuple_of(std::span<const std::int64_t> values);
// "float32[4, 5]"
nb::str description(const Array& array);

void bind_array(nb::module_& module);

}  // namespace sennit::python
