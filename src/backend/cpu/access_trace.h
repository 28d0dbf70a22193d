// backend/cpu/access_trace.h: what kernels compiled with CompileTuning::trace_accesses really
// touch.
//
// Tests compare it with what was inferred from the code (compiler/access_inference.h).
#pragma once

#include <cstdint>

namespace sennit::cpu {

enum class TracedUse : std::uint32_t { Read = 1, Write = 2, ReadWrite = 3 };

// Called before each access, by the thread that runs the block.
using AccessTracer = void (*)(void* user, const void* address, std::uint64_t bytes, TracedUse use);

// Where traced kernels run by this thread report, as long as it lives. They do not nest.
class ScopedAccessTracer {
 public:
  ScopedAccessTracer(AccessTracer tracer, void* user);
  ~ScopedAccessTracer();
  ScopedAccessTracer(const ScopedAccessTracer&) = delete;
  ScopedAccessTracer& operator=(const ScopedAccessTracer&) = delete;
};

// The hook that traced code calls.
void trace_access(const void* address, std::uint64_t bytes, std::uint32_t use);

}  // namespace sennit::cpu
