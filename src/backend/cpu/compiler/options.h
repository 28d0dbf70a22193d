// backend/cpu/compiler/options.h: NVRTC's options, as the CPU compiler understands them.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace sennit::cpu {

struct CompileOptions {
  std::string standard = "c++17";   // NVRTC's default
  std::vector<std::string> macros;  // "#define NAME VALUE" and "#undef NAME" lines, in order
  std::vector<std::string> include_folders;
  std::vector<std::string> included_files;  // -include
  unsigned architecture = 0;                // __CUDA_ARCH__; 0: the prelude's choice
  bool fast_math = false;
  bool contract = true;  // a * b + c may be one fma
  bool warnings = true;
};

// Options that a CPU has no use for (registers, debug information, the PTX assembler, linking on
// the device) are accepted and change nothing. Raises InvalidArgument, listing the known ones, for
// any other.
CompileOptions parse_options(std::span<const std::string> options);

}  // namespace sennit::cpu
