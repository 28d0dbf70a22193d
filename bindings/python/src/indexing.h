// bindings/python/src/indexing.h: what stands between the brackets of x[...].
#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <cstdint>
#include <span>

#include "array.h"

namespace sennit::python {

// One element, or a view, of an array.
struct Selection {
  bool is_element = false;
  std::array<std::int64_t, SNT_MAX_DIMENSIONS> index;  // of an element

  int dimensions = 0;  // of a view
  std::array<std::int64_t, SNT_MAX_DIMENSIONS> shape;
  std::array<std::int64_t, SNT_MAX_DIMENSIONS> strides;
  std::int64_t offset_bytes = 0;

  std::span<const std::int64_t> view_shape() const {
    return {shape.data(), static_cast<std::size_t>(dimensions)};
  }
  std::span<const std::int64_t> view_strides() const {
    return {strides.data(), static_cast<std::size_t>(dimensions)};
  }
};

// NumPy's basic indexing: integers, slices, Ellipsis, None (a new axis) and tuples of them. Raises
// IndexError for what is out of range, TypeError for what is none of these.
Selection select(const Array& array, PyObject* key);

// The slots x[key] and x[key] = value.
PyObject* array_subscript(PyObject* self, PyObject* key) noexcept;
int array_assign_subscript(PyObject* self, PyObject* key, PyObject* value) noexcept;

}  // namespace sennit::python
