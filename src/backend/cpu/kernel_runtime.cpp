// backend/cpu/kernel_runtime.cpp: what generated code calls.
#include "backend/cpu/kernel_runtime.h"

#include <chrono>

namespace sennit::cpu {

void report_fault(BlockContext* context, std::uint32_t rank, const char* text, const char* file,
                  std::uint32_t line) {
  if (!context->fault->raised) *context->fault = {true, rank, text, file, line};
}

long long read_clock() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

}  // namespace sennit::cpu
