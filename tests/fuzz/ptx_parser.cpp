// fuzz/ptx_parser.cpp: texts of all kinds for the parser, the printer and the analysis of PTX.
#include <cstddef>
#include <cstdint>

#include "fuzz/check_ptx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  sennit::fuzz::check_ptx({reinterpret_cast<const char*>(data), bytes});
  return 0;
}
