// backend/cpu/compiler/pseudo_barriers.h: loops of a thread become the outer ones.
//
//   for each thread: for k: acc += a[k] * b[k][thread]      (scalar: k is innermost)
//   for k: for each thread: acc[thread] += a[k] * b[k][thread]      (a vector of threads)
//
// A state in the header of such a loop is enough: the region from it to itself is one iteration
// for all threads.
#pragma once

namespace llvm {
class Function;
}

namespace sennit::cpu {

// Puts a pseudo-barrier into the header of each innermost loop that all threads of a block leave
// together, or nearly so (a grid-stride loop, whose last iteration only some take). Loops that
// are known to be short, that wait, that call or that use atomics stay as they are.
// REQUIRES: merge_places has run.
void insert_pseudo_barriers(llvm::Function& kernel);

}  // namespace sennit::cpu
