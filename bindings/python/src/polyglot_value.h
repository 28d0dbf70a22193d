// bindings/python/src/polyglot_value.h: the objects of a GrCUDA program in Python.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>

#include "handles.h"
#include "runtime.h"

namespace sennit::python {

namespace nb = nanobind;

using PolyglotHandle = Handle<snt_value, snt_value_release>;

// Immutable but for the row that was read last; what changes is in the library's object.
class PolyglotValue {
 public:
  PolyglotValue(PolyglotHandle handle, RuntimeRef runtime);

  snt_value* native() const { return handle_.get(); }
  const RuntimeRef& runtime() const { return runtime_; }
  snt_value_traits traits() const { return traits_; }
  bool has_elements() const { return (traits_ & SNT_VALUE_ELEMENTS) != 0; }
  std::int64_t size() const { return size_; }  // elements; 0 if it has none

  // Rows of a matrix are objects: a loop over m[i][j] makes one for each i, not for each element.
  // With the GIL.
  PyObject* kept_row(std::int64_t index) const {
    return index == row_index_ ? row_.ptr() : nullptr;
  }
  void keep_row(std::int64_t index, nb::handle row) {
    row_ = nb::borrow(row);
    row_index_ = index;
  }
  // Before whatever may free the array: a row keeps its memory.
  void forget_row() {
    row_index_ = -1;
    row_.reset();
  }

 private:
  RuntimeRef runtime_;
  PolyglotHandle handle_;
  snt_value_traits traits_;
  std::int64_t size_ = 0;
  std::int64_t row_index_ = -1;
  nb::object row_;  // element `row_index_`, if that is not -1
};

inline PyTypeObject* polyglot_type = nullptr;  // sennit._core.PolyglotValue, once it is bound

inline PolyglotValue& polyglot_of(PyObject* self) { return *nb::inst_ptr<PolyglotValue>(self); }
// Null if the object is something else.
inline const PolyglotValue* find_polyglot(nb::handle object) {
  return Py_TYPE(object.ptr()) == polyglot_type ? &polyglot_of(object.ptr()) : nullptr;
}

nb::object wrap(PolyglotHandle handle, const RuntimeRef& runtime);

void bind_polyglot(nb::module_& module);

}  // namespace sennit::python
