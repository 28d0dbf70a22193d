// bindings/python/src/module.cpp: the extension module sennit._core.
#include <nanobind/nanobind.h>

#include "arguments.h"
#include "array.h"
#include "dtype.h"
#include "host_view.h"
#include "kernel.h"
#include "polyglot_value.h"
#include "runtime.h"
#include "trace.h"

NB_MODULE(_core, module) {
  namespace python = sennit::python;
  module.doc() = "The C ABI of sennit as Python objects; `sennit` is what to import.";
  python::bind_dtype(module);
  python::bind_array(module);
  python::bind_untracked(module);
  python::bind_kernel_call(module);
  python::bind_kernel(module);
  python::bind_trace(module);
  python::bind_runtime(module);
  python::bind_writable_buffer(module);
  python::bind_polyglot(module);
  module.def("version", &snt_version, "Of the library that is loaded.");
}
