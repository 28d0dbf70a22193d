// backend/cuda/sass.h: what the machine code of a kernel does first.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sennit::cuda {

// Whether every thread of the kernel waits for the grids before it (griddepcontrol.wait) before it
// touches memory or may end. `kernel` is the symbol; `cubin` is machine code for sm_90 or newer.
// False for whatever is not recognised: other files, other devices, unknown instructions.
bool waits_first(std::span<const std::byte> cubin, std::string_view kernel);

}  // namespace sennit::cuda
