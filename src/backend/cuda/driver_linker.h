// backend/cuda/driver_linker.h: the assembler that the CUDA driver carries.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "backend/cuda/cuda_context.h"

namespace sennit::cuda {

// Machine code of PTX for the context's device. Empty if the driver refuses, for instance PTX of a
// compiler that is newer than itself.
std::vector<std::byte> assemble_by_driver(const CudaContext& context, const std::string& ptx);

}  // namespace sennit::cuda
