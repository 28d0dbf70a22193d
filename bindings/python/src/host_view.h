// bindings/python/src/host_view.h: an array's bytes in place, for the buffer protocol.
#pragma once

#include <nanobind/nanobind.h>

#include "array.h"

namespace sennit::python {

// The slots of Array's buffer protocol: read-only snapshots.
int array_get_buffer(PyObject* self, Py_buffer* buffer, int flags) noexcept;
void array_release_buffer(PyObject* self, Py_buffer* buffer) noexcept;

// sennit._core.WritableBuffer: what Array.writable() stands on.
void bind_writable_buffer(nb::module_& module);

}  // namespace sennit::python
