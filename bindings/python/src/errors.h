// bindings/python/src/errors.h: errors of the library and of C++ as Python exceptions.
#pragma once

#include <nanobind/nanobind.h>

#include <exception>
#include <new>
#include <utility>

#include "handles.h"

namespace sennit::python {

namespace nb = nanobind;

// Sets the Python exception for `error`, which it takes over. For slots.
void set_error(snt_error* error) noexcept;

// Throws it, if there is one.
void check(snt_error* error);

// Throws a Python exception; `format` as PyErr_Format takes it.
[[noreturn]] void raise(PyObject* type, const char* format, ...);

// Throws the Python exception that is set.
[[noreturn]] inline void raise_current() { throw nb::python_error(); }

inline nb::object owned(PyObject* object) {
  if (object == nullptr) raise_current();
  return nb::steal(object);
}

// Runs the body of a slot, where no C++ exception may get out: returns `on_error` with the Python
// exception set instead.
template <typename Body, typename Result>
Result guarded(Result on_error, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return on_error;
}

}  // namespace sennit::python
