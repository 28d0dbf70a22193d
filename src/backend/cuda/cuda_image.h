// backend/cuda/cuda_image.h: what a compiled program is kept as, in memory and on disk.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sennit::cuda {

// Names, machine code and PTX; views into the bytes they were read from.
struct CudaImage {
  std::vector<std::pair<std::string, std::string>> names;  // name expression, lowered name
  std::span<const std::byte> cubin;                        // empty: none for this device
  std::string ptx;                                         // as the compiler made it
  std::vector<std::string> waiting;  // kernels that were told to wait first in `cubin`, by symbol

  // Machine code and PTX as our own file, or PTX, a cubin or a fatbin as somebody else made it.
  // Raises InvalidArgument if it is none of these.
  static CudaImage read(std::span<const std::byte> bytes);
};

std::vector<std::byte> write_image(const CudaImage& image);

}  // namespace sennit::cuda
