// bindings/python/src/scalar.h: one element as a Python number and back, and element types as one
// another.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>

#include "sennit/sennit.h"

namespace sennit::python {

namespace nb = nanobind;

// Room for an element of any type.
union Element {
  unsigned char bytes[16];
  double alignment;
};

// A Python bool, int, float or complex. New reference; null with the exception set.
PyObject* number_from(snt_dtype dtype, const void* element);

// Stores a Python or NumPy number as an element. Exact for integers: OverflowError for one out of
// range, ValueError for a float with a fraction; floats are rounded. TypeError for what is no
// number.
void store_number(nb::handle number, snt_dtype dtype, void* element);

// Whether `value` is a number, and no sequence.
bool is_number(nb::handle value);

// Converts `count` contiguous elements as C++ does, and as numpy.astype: without range checks.
void convert_elements(snt_dtype from, const void* source, snt_dtype to, void* target,
                      std::size_t count);

}  // namespace sennit::python
