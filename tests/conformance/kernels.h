// conformance/kernels.h: the kernels that the suite launches, as CUDA C++ and as host functions.
//
// A backend with a compiler gets the source; a virtual one runs the host function registered under
// the same name. To add a kernel: its source and its name expression in kernels.cpp, and its body
// in host_kernels.cpp.
#pragma once

#include <cstdint>

#include "backend/backend.h"

namespace sennit::conformance {

// All kernels of the suite.
CompileRequest kernels_request();

// Registers the kernels' bodies with virtual backends. May be called more than once.
void register_host_kernels();

// Parameter types of the kernel `gather`, laid out alike by the compiler of the kernel and ours.
struct Mixed {
  char letter;
  double number;
  short shorts[3];
};
struct alignas(16) Wide {
  float x, y, z, w;
};
struct Gathered {
  double values[16];
};

}  // namespace sennit::conformance
