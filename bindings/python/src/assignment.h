// bindings/python/src/assignment.h: what stands right of the = in x[...] = value.
#pragma once

#include "array.h"
#include "host_data.h"

namespace sennit::python {

// Writes one element.
void assign_element(Array& array, const std::int64_t* index, nb::handle value);
// Writes all elements of a view: a number fills it, an array is copied to it (on the device, if
// it has the same element type), and other data is written from the host; all broadcast.
void assign(Array& view, nb::handle value);
void fill(Array& array, nb::handle number);
// The elements of an array, brought to the host.
HostData read_all(const Array& array);

}  // namespace sennit::python
