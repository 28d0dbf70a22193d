// backend/cuda/ptx/access.h: what the kernels of a PTX module do to memory. How:
// docs/design/access.md.
#pragma once

#include <vector>

#include "backend/cuda/ptx/module.h"
#include "backend/kernel_access.h"

namespace sennit::cuda::ptx {

// One for each .entry with a body, in the order of the module, under its symbol. Raises
// InvalidArgument where the code cannot be: then nothing is known of it.
std::vector<KernelAccess> infer_access(const Module& module);

}  // namespace sennit::cuda::ptx
