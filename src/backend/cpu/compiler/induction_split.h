// backend/cpu/compiler/induction_split.h: i = start(thread) + k * step, as a sum.
//
// In `for (i = thread; i < n; i += stride)` the variable differs between threads, so across the
// loop's states it is kept per thread, and a[i] becomes a gather. Written as start(thread) + u
// with a uniform u, a[i] is a run of neighbours again and only u is kept, once.
#pragma once

namespace llvm {
class Function;
}

namespace sennit::cpu {

// Splits the integer induction variables of loops that contain a barrier or pseudo-barrier, where
// the start is cheap to compute anew. REQUIRES: merge_places has run.
void split_inductions(llvm::Function& kernel);

}  // namespace sennit::cpu
