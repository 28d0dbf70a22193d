// bindings/python/src/dtype.h: element types, as Python names them and as buffers spell them.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <optional>

#include "sennit/sennit.h"

namespace sennit::python {

namespace nb = nanobind;

struct Dtype {
  snt_dtype value = SNT_FLOAT32;

  const char* name() const { return snt_dtype_name(value); }
  std::size_t bytes() const { return snt_dtype_bytes(value); }
};

// What a user may give for an element type: a name ("float32"), a sennit.dtype, a NumPy dtype or
// scalar type, or Python's bool, int, float or complex, which mean what they mean to NumPy.
// Raises TypeError or sennit.InvalidArgumentError.
snt_dtype dtype_from(nb::handle value);
// Nothing if `value` names no element type.
std::optional<snt_dtype> find_dtype(nb::handle value);

// Of the buffer protocol, as NumPy and `struct` spell it; null for bfloat16, which has none.
const char* buffer_format(snt_dtype dtype);
// Nothing for a format that no element type has. Raises ValueError for foreign byte order.
std::optional<snt_dtype> dtype_of_format(const char* format, std::size_t item_bytes);

void bind_dtype(nb::module_& module);

}  // namespace sennit::python
