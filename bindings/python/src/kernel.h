// bindings/python/src/kernel.h: sennit.Kernel, and what k[grid, block] and its call make.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "handles.h"
#include "runtime.h"

namespace sennit::python {

namespace nb = nanobind;

// What k[grid, block] is: a kernel that is ready to be launched. Immutable.
struct ConfiguredKernel {
  // First, so that its place in the Python object is known: see kernel_call.cpp.
  vectorcallfunc vectorcall = nullptr;
  KernelHandle kernel;
  nb::object runtime_object;
  Runtime* runtime = nullptr;
  snt_launch_config config;
  // The first launch may have to compile: it goes without the GIL.
  bool launched = false;
};

struct Kernel {
  Kernel(KernelHandle handle, RuntimeRef runtime_ref)
      : kernel(std::move(handle)), runtime(std::move(runtime_ref)) {}

  KernelHandle kernel;
  RuntimeRef runtime;
  nb::object last;  // a ConfiguredKernel: the same grid and block often come again
};

// A submitted launch.
struct Operation {
  nb::object runtime_object;
  snt_runtime* runtime = nullptr;
  snt_operation id = 0;
};

// As a Python object, ready to be called.
nb::object wrap(ConfiguredKernel configured);

// `grid` and `block`: an int, or a tuple of one to three.
nb::object configure(Kernel& kernel, nb::handle grid, nb::handle block, nb::handle shared_bytes,
                     bool cooperative, nb::handle cluster);

// `source`: a str of CUDA C++ or PTX, or bytes of PTX, a cubin or a fatbin.
nb::object build_kernel(const RuntimeRef& runtime, nb::handle source, const std::string& name,
                        nb::handle signature, nb::handle options, nb::handle source_name);

void bind_kernel(nb::module_& module);
void bind_kernel_call(nb::module_& module);  // ConfiguredKernel and Operation

}  // namespace sennit::python
