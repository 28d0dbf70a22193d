// backend/cpu/compiler/image.h: what Image::bytes of this backend hold.
//
//   magic, version, architecture, kernels, variables, object file
// Integers are little-endian and fixed in size; texts and lists start with their length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backend/cpu/compiler/kernel_lowering.h"

namespace sennit::cpu {

// Raised with every change of this format or of kernel_abi.h, and of code that was wrong.
inline constexpr std::uint32_t kImageVersion = 2;

struct ImageKernel {
  std::string name;  // as the user gave it
  std::string lowered_name;
  std::vector<std::uint32_t> parameter_bytes;
  std::uint32_t max_threads = 0;
  LoweredKernel code;
};

// A variable of the module that the host can find.
struct ImageVariable {
  std::string name;    // as in the source
  std::string symbol;  // in the object file
  std::uint64_t bytes = 0;
};

struct ImageContent {
  std::string architecture;
  std::vector<ImageKernel> kernels;
  std::vector<ImageVariable> variables;
  std::vector<std::byte> object;
};

std::vector<std::byte> pack(const ImageContent& content);

// Raises InvalidArgument if the bytes are not what `pack` of this version made.
ImageContent unpack(std::span<const std::byte> bytes);

}  // namespace sennit::cpu
