// benchmarks/suite/counting/counting_driver.h: libcounting_driver.so, which stands before a CUDA
// driver and counts the calls that sennit makes.
//
// Name it by sennit's option `cuda_driver`. The driver behind it is libcuda.so.1, or what the
// environment variable SENNIT_COUNTED_DRIVER names. A call costs a relaxed increment more.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

// Functions are numbered from 0; nullptr behind the last.
const char* counting_driver_name(std::size_t function);
// Since the library was loaded.
std::uint64_t counting_driver_calls(std::size_t function);
}
