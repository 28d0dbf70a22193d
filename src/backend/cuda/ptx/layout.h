// backend/cuda/ptx/layout.h: how a kernel's parameters are declared.
#pragma once

#include "backend/cuda/ptx/module.h"
#include "backend/kernel_access.h"

namespace sennit::cuda::ptx {

// Of one parameter. An 8-byte number that the code uses as an address is for `use.is_pointer` to
// tell: PTX of before CUDA 12.4 marks none.
ParameterLayout layout_of(const Declaration& parameter, const ParameterUse& use);

}  // namespace sennit::cuda::ptx
