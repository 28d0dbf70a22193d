// backend/cpu/compiler/access_tracing.h: makes kernels tell what they read and write.
#pragma once

namespace llvm {
class Module;
}

namespace sennit::cpu {

// Calls the hook kTraceAccess (see access_trace.h) before every access but those to locals, shared
// memory and parameters. REQUIRES: simplified code that is not lowered yet.
void trace_accesses(llvm::Module& module);

}  // namespace sennit::cpu
