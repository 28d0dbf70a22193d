// backend/cpu/kernel_runtime.h: what generated code calls.
#pragma once

#include <cstdint>

#include "backend/cpu/kernel_abi.h"

namespace sennit::cpu {

// Notes the failure of the thread with this rank, unless the block has one already. The thread
// leaves the kernel next; the block runner gives the block up.
void report_fault(BlockContext* context, std::uint32_t rank, const char* text, const char* file,
                  std::uint32_t line);

// clock64(): nanoseconds of a steady clock. CUDA promises a counter, not its unit.
long long read_clock();

}  // namespace sennit::cpu
