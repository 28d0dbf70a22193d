// bindings/python/src/errors.cpp: the classes are in sennit/_errors.py, looked up when one is
// raised.
#include "errors.h"

#include <cstdarg>

namespace sennit::python {

void set_error(snt_error* error) noexcept {
  const ErrorHandle owner(error);
  try {
    const nb::object exception =
        nb::module_::import_("sennit._errors")
            .attr("from_code")(snt_error_code(error), nb::str(snt_error_message(error)));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  } catch (nb::python_error& failure) {
    failure.restore();
  }
}

void check(snt_error* error) {
  if (error == nullptr) return;
  set_error(error);
  raise_current();
}

void raise(PyObject* type, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  PyErr_FormatV(type, format, arguments);
  va_end(arguments);
  raise_current();
}

}  // namespace sennit::python
