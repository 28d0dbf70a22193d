// bindings/python/src/arguments.h: Python values as the tagged arguments of a launch.
#pragma once

#include <nanobind/nanobind.h>

#include <complex>
#include <cstddef>
#include <deque>
#include <optional>

#include "array.h"
#include "sennit/sennit.h"

namespace sennit::python {

// sennit.untracked(x): an array that one launch takes no part in the dependencies of.
struct Untracked {
  nb::object array;
};

// What arguments point to besides arrays, for as long as the launch call lasts. Usually nothing.
class KeptArguments {
 public:
  KeptArguments() = default;
  KeptArguments(const KeptArguments&) = delete;
  KeptArguments& operator=(const KeptArguments&) = delete;
  ~KeptArguments();

  Py_buffer& add_buffer() { return buffers_.emplace_back(); }
  // The last one was not filled.
  void drop_buffer() { buffers_.pop_back(); }
  const void* add(std::complex<double> value) { return &complex_.emplace_back(value); }

 private:
  std::deque<Py_buffer> buffers_;
  std::deque<std::complex<double>> complex_;
};

// Any argument but an array, an int and a float, which `kernel_call.cpp` packs itself. `kernel` and
// `position` are for messages. Raises TypeError or OverflowError.
void pack_other_argument(PyObject* value, const char* kernel, std::size_t position,
                         std::optional<KeptArguments>& kept, snt_argument& out);

void bind_untracked(nb::module_& module);

}  // namespace sennit::python
