// backend/cuda/driver.h: the CUDA driver, opened at run time.
#pragma once

#include <string>
#include <string_view>

#include "backend/cuda/driver_symbols.h"
#include "base/error.h"

namespace sennit::cuda {

// One member for each function of the lists, called as `driver.cuStreamCreate(&stream, flags)`.
struct Driver {
#define SENNIT_CUDA_MEMBER(name, version, parameters) CUresult(*name) parameters = nullptr;
  SENNIT_CUDA_REQUIRED(SENNIT_CUDA_MEMBER)
  SENNIT_CUDA_OPTIONAL(SENNIT_CUDA_MEMBER)
#undef SENNIT_CUDA_MEMBER
  int version = 0;   // of the driver: 13000 is CUDA 13.0
  std::string path;  // of the library, as it was opened

  // The driver at `path` (a file, or a name for the loader), initialised. Each path is opened
  // once and stays so for the life of the process. Raises Unavailable if it is absent, too old, or
  // finds no device, and says which and what to do.
  static const Driver& open(const std::string& path);
};

// "CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory access was encountered"
std::string describe(const Driver& driver, CUresult result);

// True for faults of running work after which the context, and with it every call, is lost.
bool is_sticky(CUresult result);

// What the caller of sennit can do after `result`.
ErrorCode code_of(CUresult result);

[[noreturn]] void raise_result(const Driver& driver, CUresult result, std::string_view doing);

// Raises unless `result` is success. `doing`: "creating a stream".
inline void check(const Driver& driver, CUresult result, std::string_view doing) {
  if (result != CUDA_SUCCESS) [[unlikely]]
    raise_result(driver, result, doing);
}

}  // namespace sennit::cuda
