// bindings/python/src/host_view.h: an array's bytes in place, for the buffer protocol.
#pragma once

#include <nanobind/nanobind.h>

#include "array.h"

namespace sennit::python {

// The slots of Array's buffer protocol: read-only snapshots.
int array_get_buffer(PyObject* self, Py_buffer* buffer, int flags) noexcept;
void array_release_buffer(PyObject* self, Py_buffer* buffer) noexcept;

// Writes all elements in C order to `out`, a writable buffer of the same shape and element type.
// Raises ValueError for another one.
void copy_to(const Array& self, nb::handle out);

// sennit._core.WritableBuffer: what Array.writable() stands on.
void bind_writable_buffer(nb::module_& module);

}  // namespace sennit::python
