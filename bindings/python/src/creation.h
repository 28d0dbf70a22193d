// bindings/python/src/creation.h: new arrays of what users pass: data, shapes, types, orders.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <vector>

#include "array.h"
#include "dtype.h"

namespace sennit::python {

// An int, or a sequence of ints.
std::vector<std::int64_t> shape_from(nb::handle shape);
// "C" or "F".
snt_order order_from(nb::handle order);
// A new array with a copy of `data`. `dtype` may be None.
nb::object array_from(const RuntimeRef& runtime, nb::handle data, nb::handle dtype,
                      snt_order order);
// A new array with the elements that Array.tobytes gave. For pickling.
nb::object array_from_bytes(const RuntimeRef& runtime, nb::handle dtype, nb::handle shape,
                            snt_order order, nb::bytes data);

}  // namespace sennit::python
