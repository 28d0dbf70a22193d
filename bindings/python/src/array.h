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

  // Calls `call`, which reads or writes elements and so may wait. The GIL is kept only if it is
  // known that nothing has to be waited for: giving it up costs more than the access itself.
  template <typename Call>
  void read_with(Call&& call) {
    if (readable_at_ == runtime_->submissions) return call();
    const std::uint64_t seen = runtime_->submissions;
    without_gil(call);
    if (snt_array_is_ready(native()) != 0) readable_at_ = seen;
  }
  template <typename Call>
  void write_with(Call&& call) {
    if (writable_at_ == runtime_->submissions) return call();
    const std::uint64_t seen = runtime_->submissions;
    without_gil(call);
    if (runtime_.is_idle()) writable_at_ = seen;
  }

 private:
  RuntimeRef runtime_;
  ArrayHandle handle_;
  snt_array_info info_;
  std::size_t item_bytes_;
  // Counts of submissions by which no unfinished work wrote, or used, the bytes.
  std::uint64_t readable_at_ = 0;
  std::uint64_t writable_at_ = 0;
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
