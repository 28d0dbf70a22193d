// fake_cuda/image.h: what a module is loaded from.
//
// Either PTX, as NVIDIA's compiler makes it, of which names and parameters are read; or text, as
// libfake_nvrtc.so makes it: a first line kImageHeader, and for each kernel a line of kLineStart,
// its lowered name, a tab, its name expression, and for each parameter a tab, its kind (v: a value,
// r: a pointer that is only read through, w: another pointer), its bytes, @ and its offset. The
// text may stand behind kElf, as machine code, of which nothing but that can be known.
#pragma once

#include <string_view>
#include <vector>

#include "fake_cuda/objects.h"

namespace fake_cuda {

// Comments of PTX, so that who reads it as that finds no kernel and no fault.
inline constexpr std::string_view kImageHeader = "// fake image 1\n";
inline constexpr std::string_view kLineStart = "// ";
inline constexpr std::string_view kElf = "\177ELF";

// The kernels of an image. Refuses real machine code, which no fake device runs, with
// NO_BINARY_FOR_GPU, so that the caller tries its PTX; and all else with INVALID_IMAGE.
std::vector<Function> read_image(const char* image);

}  // namespace fake_cuda
