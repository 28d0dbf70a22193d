// backend/cpu/compiler/skewed_loops.cpp: loops in which threads reach a barrier at different turns.
#include "backend/cpu/compiler/skewed_loops.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>

namespace sennit::cpu {

using namespace llvm;

namespace {

using Blocks = SmallPtrSet<const BasicBlock*, 32>;

// The blocks of the region that can be reached from the ends of `from` without waiting, not going
// through `avoided`.
Blocks reachable(const BasicBlock* from, const Region& region, const BasicBlock* avoided) {
  Blocks reached;
  SmallVector<const BasicBlock*, 16> pending{from};
  while (!pending.empty())
    for (const BasicBlock* next : successors(pending.pop_back_val()))
      if (next != avoided && region.contains(next) && reached.insert(next).second)
        pending.push_back(next);
  return reached;
}

// The blocks that lie with `branch` on a cycle of the region. Empty if there is none.
Blocks cycle_of(const BasicBlock* branch, const Region& region) {
  Blocks cycle;
  for (const BasicBlock* block : reachable(branch, region, nullptr))
    if (reachable(block, region, nullptr).contains(branch)) cycle.insert(block);
  return cycle;
}

bool leaves(const BasicBlock* block, const Blocks& cycle) {
  for (const BasicBlock* next : successors(block))
    if (!cycle.contains(next)) return true;
  return false;
}

// True if threads that part at `branch` meet again in a block of the cycle before any of them
// leaves it or comes back to the branch.
bool meets_again(const BasicBlock* branch, const Blocks& cycle, const Region& region) {
  if (leaves(branch, cycle)) return false;
  for (const BasicBlock* meeting : cycle) {
    if (meeting == branch) continue;
    const Blocks before = reachable(branch, region, meeting);
    if (before.contains(branch)) continue;
    bool escapes = false;
    for (const BasicBlock* block : before)
      escapes |= !cycle.contains(block) || leaves(block, cycle);
    if (!escapes) return true;
  }
  return false;
}

}  // namespace

void find_skewed_values(Function& kernel, const StateGraph& states, ValueSet& divergent) {
  for (std::size_t known = divergent.size() + 1; known != divergent.size();) {
    known = divergent.size();
    const BlockUniformity uniformity(kernel, divergent);
    for (int state = 0; state < static_cast<int>(states.size()); ++state) {
      const Region region = find_region(state, states, uniformity);
      for (const BasicBlock* branch : region.blocks) {
        const Instruction* terminator = branch->getTerminator();
        if (terminator->getNumSuccessors() < 2 || !uniformity.is_divergent(terminator)) continue;
        const Blocks cycle = cycle_of(branch, region);
        if (cycle.empty() || meets_again(branch, cycle, region)) continue;
        for (const BasicBlock* block : cycle)
          for (const Instruction& value : *block)
            if (!value.getType()->isVoidTy() && !states_crossed(value, states).empty())
              divergent.insert(&value);
      }
    }
  }
}

}  // namespace sennit::cpu
