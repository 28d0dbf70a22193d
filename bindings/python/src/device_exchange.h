// bindings/python/src/device_exchange.h: arrays shared with CuPy, PyTorch, Numba on a GPU, and the
// order among their streams and sennit's.
#pragma once

#include <nanobind/nanobind.h>

#include "array.h"

namespace sennit::python {

// DLPack's number of a device, as (type, id); the host's where no other library can use its memory.
struct DlpackDevice {
  int type = 1;
  int id = 0;
  bool operator==(const DlpackDevice&) const = default;
};
DlpackDevice dlpack_device_of(const RuntimeRef& runtime, int ordinal);
// The runtime's device of that number; -1 if it has none.
int device_ordinal(const RuntimeRef& runtime, const DlpackDevice& device);
// A stream for a producer to make wait for its work.
snt_stream lent_stream(const RuntimeRef& runtime, int ordinal);

// What users give for a stream: an int, torch.cuda.Stream, cupy.cuda.Stream, or anything with
// __cuda_stream__.
snt_stream stream_from(nb::handle stream);

// Array.__cuda_array_interface__, version 3; raises AttributeError where there is none.
nb::object cuda_array_interface(const Array& array);
// An array of the memory of `value`, which has __cuda_array_interface__.
nb::object from_cuda_array(const RuntimeRef& runtime, nb::handle value, int device);

}  // namespace sennit::python
