// backend/cpu/compiler/skewed_loops.h: loops in which threads reach a barrier at different turns.
//
//   for (i = 0; i < 32; i++)
//     if (order[i] == lane) { __syncwarp(1u << lane); out[lane] = i; }
//
// On a GPU the lanes of a warp go through this loop together, and `i` is the same in all of them.
// A region runs each thread until it waits: lane by lane, each at its own turn. So `i` must be
// kept per thread, though the analysis of uniformity, which thinks as a GPU runs, calls it
// uniform. It is the same with a barrier in the inner one of two loops:
//
//   for (i = ...; i < rows; ...)
//     for (j = thread; j < columns; ...) barrier();
//
// A thread that has no further j goes on to its next i, and stops at the barrier beside one that is
// still at the first.
#pragma once

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/states.h"

namespace sennit::cpu {

// Adds to `divergent` the values that such loops make. With it, BlockUniformity holds for regions:
// threads that stop at the same state in one call of a region agree on all that it calls uniform.
void find_skewed_values(llvm::Function& kernel, const StateGraph& states, ValueSet& divergent);

}  // namespace sennit::cpu
