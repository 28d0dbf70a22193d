// bindings/python/src/polyglot_any.h: Python objects as the C ABI's dynamic values, and back.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <vector>

#include "runtime.h"
#include "sennit/sennit.h"

namespace sennit::python {

namespace nb = nanobind;

// The arguments of one call. Texts are borrowed from the Python objects, which outlive it.
class PolyglotArguments {
 public:
  PolyglotArguments(PyObject* const* values, std::size_t count, const RuntimeRef& runtime);
  ~PolyglotArguments();
  PolyglotArguments(const PolyglotArguments&) = delete;
  PolyglotArguments& operator=(const PolyglotArguments&) = delete;

  const snt_any* data() const { return anys_.data(); }
  std::size_t size() const { return anys_.size(); }
  // The library has them, whatever comes of the call: call this right before it.
  void handed_over() { handed_over_ = true; }

 private:
  std::vector<snt_any> anys_;
  std::vector<snt_foreign> foreign_;
  bool handed_over_ = false;
};

// A number that is exactly an int, a float or a bool; false for all else.
inline bool number_to_any(PyObject* value, snt_any& out) {
  out.reserved = 0;
  if (PyFloat_CheckExact(value)) {
    out.kind = SNT_ANY_FLOAT;
    out.value.f = PyFloat_AS_DOUBLE(value);
    return true;
  }
  if (PyLong_CheckExact(value)) {
    int overflow = 0;
    out.kind = SNT_ANY_INT;
    out.value.i = PyLong_AsLongLongAndOverflow(value, &overflow);
    return overflow == 0;
  }
  if (PyBool_Check(value)) {
    out.kind = SNT_ANY_BOOL;
    out.value.i = value == Py_True ? 1 : 0;
    return true;
  }
  return false;
}

// New reference, null with the exception set. Takes over what the result owns.
PyObject* object_from(snt_any& result, const RuntimeRef& runtime);

// Throws the exception that a callback has set, or that of `error`, if there is either.
void check_call(snt_error* error);

}  // namespace sennit::python
