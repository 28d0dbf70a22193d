// bindings/python/src/trace.h: sennit.Trace, a recording of what a runtime does.
#pragma once

#include <nanobind/nanobind.h>

#include "runtime.h"

namespace sennit::python {

nb::object make_trace(const RuntimeRef& runtime);
void bind_trace(nb::module_& module);

}  // namespace sennit::python
