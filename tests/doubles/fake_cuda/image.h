// fake_cuda/image.h: what a module is loaded from.
//
// PTX, of which names and parameters are read, or what assembler.h makes of it. NVIDIA's compiler
// says in a kernel's symbol what its parameters are; libfake_nvrtc.so in a text at the beginning of
// the body, of which it has nothing else: kPragma, the name expression, and for each parameter a
// tab, its kind (v: a value, r: a pointer that is only read through, w: another pointer), its
// bytes, @ and its offset. It declares no parameters, so that who reads the PTX does not believe
// that they are unused.
#pragma once

#include <string_view>
#include <vector>

#include "fake_cuda/objects.h"

namespace fake_cuda {

inline constexpr std::string_view kPragma = ".pragma \"fake ";

// The kernels of an image. Refuses real machine code, which no fake device runs, with
// NO_BINARY_FOR_GPU, so that the caller tries its PTX; and all else with INVALID_IMAGE.
std::vector<Function> read_image(const char* image);

}  // namespace fake_cuda
