// backend/cpu/compiler/shared_memory.h: `__shared__` variables become parts of a block's memory.
#pragma once

#include <cstdint>

namespace llvm {
class Function;
}

namespace sennit::cpu {

// Gives each static shared variable (a thread_local one, see hooks.h) that `kernel` uses an
// offset, and rewrites their addresses. An array without bounds, or declared only, is the
// dynamic one. Returns the bytes of static shared memory of a block, a multiple of 64.
// REQUIRES: merge_places has run.
std::uint64_t lower_shared_variables(llvm::Function& kernel);

// Atomic operations on the block's own shared memory become plain ones: all threads of a block
// run on one thread of the machine, and nobody else can reach it. They are marked (is_serial)
// so that the vectoriser keeps their order. REQUIRES: lower_shared_variables has run.
void lower_shared_atomics(llvm::Function& kernel);

}  // namespace sennit::cpu
