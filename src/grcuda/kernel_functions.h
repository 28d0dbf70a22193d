// grcuda/kernel_functions.h: `buildkernel` and `bindkernel`.
#pragma once

#include <memory>
#include <string>

#include "grcuda/devices.h"
#include "grcuda/namespace.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

void add_kernel_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime,
                          const std::shared_ptr<const CurrentDevice>& current);

// A kernel of a file of ready code (PTX, a cubin, a fatbin), where it is called `symbol`; or of one
// of CUDA C++ (*.cu), which is compiled, where it is called `name`. Raises Unavailable if the file
// cannot be read.
ValueRef load_kernel(const std::shared_ptr<Runtime>& runtime,
                     const std::shared_ptr<const CurrentDevice>& current, const std::string& file,
                     const std::string& symbol, const std::string& name,
                     const std::string& signature);

}  // namespace sennit::grcuda
