// backend/cpu/access_trace.cpp: what kernels compiled with CompileTuning::trace_accesses really
// touch.
#include "backend/cpu/access_trace.h"

namespace sennit::cpu {

namespace {

struct Target {
  AccessTracer tracer = nullptr;
  void* user = nullptr;
};
thread_local Target target;

}  // namespace

ScopedAccessTracer::ScopedAccessTracer(AccessTracer tracer, void* user) { target = {tracer, user}; }

ScopedAccessTracer::~ScopedAccessTracer() { target = {}; }

void trace_access(const void* address, std::uint64_t bytes, std::uint32_t use) {
  if (target.tracer) target.tracer(target.user, address, bytes, static_cast<TracedUse>(use));
}

}  // namespace sennit::cpu
