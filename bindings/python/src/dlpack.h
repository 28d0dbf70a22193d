// bindings/python/src/dlpack.h: tensors exchanged with other libraries: in place on a GPU, else
// through the host's memory.
#pragma once

#include <nanobind/nanobind.h>

#include "array.h"

namespace sennit::python {

bool has_dlpack(nb::handle value);
// An array of `value`, which has __dlpack__. Shares its bytes where the C ABI does.
nb::object from_dlpack(const RuntimeRef& runtime, nb::handle value);

// Array.__dlpack__ and Array.__dlpack_device__.
nb::object to_dlpack(Array& array, nb::handle stream, nb::handle max_version, nb::handle dl_device,
                     nb::handle copy);
nb::tuple dlpack_device(const Array& array);

}  // namespace sennit::python
