// fuzz/grcuda_expression.cpp: texts of all kinds for the parser of GrCUDA's expressions.
#include <cstddef>
#include <cstdint>

#include "fuzz/check_grcuda.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  sennit::fuzz::check_expression({reinterpret_cast<const char*>(data), bytes});
  return 0;
}
