// backend/cpu/compiler/edge_guards.h: `if (i < n)` costs nothing away from the edge of the data.
//
// Nearly every kernel guards its work by comparing a position with a size, and nearly every block
// lies wholly inside. Vector code that must honour the guard masks each load and store, which
// takes three times as long on processors that mask stores slowly. So a region with such guards
// gets a second version in which they are known to hold; at its start it decides for the whole
// range of threads which one to run.
#pragma once

#include <optional>
#include <vector>

#include "backend/cpu/compiler/assumptions.h"
#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/entry_values.h"
#include "backend/cpu/compiler/states.h"

namespace llvm {
class ICmpInst;
class Value;
}  // namespace llvm

namespace sennit::cpu {

// A comparison of the region between position(thread) and something uniform. The position goes up
// by one from thread to thread of one dimension: what holds for the first and the last thread
// holds for all between.
struct EdgeGuard {
  llvm::ICmpInst* compare = nullptr;
  bool wanted = false;  // the result with which threads do the work
};

// The guards of the branches of `region` at which threads may part, as far as they can be checked
// when the region is entered.
std::vector<EdgeGuard> find_edge_guards(const Region& region, BlockUniformity& uniformity);

// True, at run time, if every guard has the wanted result in all threads of the range. nullptr if
// that cannot be computed in the region's entry.
llvm::Value* check_edge_guards(const std::vector<EdgeGuard>& guards, const RegionShell& shell,
                               EntryValues& values);

}  // namespace sennit::cpu
