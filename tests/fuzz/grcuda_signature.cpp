// fuzz/grcuda_signature.cpp: texts of all kinds for the parsers of signatures and NIDL files.
#include <cstddef>
#include <cstdint>

#include "fuzz/check_grcuda.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes) {
  sennit::fuzz::check_signature({reinterpret_cast<const char*>(data), bytes});
  return 0;
}
