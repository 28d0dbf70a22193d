// backend/cpu/compiler/skewed_loops.cpp: loops in which threads reach a barrier at different turns.
#include "backend/cpu/compiler/skewed_loops.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>

#include <set>

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

// The states that a thread at the end of `from` can reach, not going through `avoided`.
std::set<int> states_behind(const BasicBlock* from, const Region& region, const StateGraph& states,
                            const BasicBlock* avoided = nullptr) {
  Blocks blocks = reachable(from, region, avoided);
  blocks.insert(from);
  std::set<int> found;
  for (const BasicBlock* block : blocks)
    for (const BasicBlock* next : successors(block))
      if (const int state = states.entered_at(next); state >= 0) found.insert(state);
  return found;
}

bool have_common(const std::set<int>& some, const std::set<int>& others) {
  return any_of(some, [&](int state) { return others.contains(state); });
}

// Whether a thread that has been at the end of `block` may come there again.
bool is_in_loop(const BasicBlock* block) {
  Blocks seen;
  SmallVector<const BasicBlock*, 16> pending{block};
  while (!pending.empty())
    for (const BasicBlock* next : successors(pending.pop_back_val())) {
      if (next == block) return true;
      if (seen.insert(next).second) pending.push_back(next);
    }
  return false;
}

// A phi that two threads which part at `branch` may come to from different blocks. LLVM sees that
// of all joins but the headers of loops, where threads of a GPU wait for each other.
bool is_join(const PHINode& phi, const BasicBlock* branch, const Blocks& before) {
  const Value* taken = nullptr;
  for (unsigned i = 0; i < phi.getNumIncomingValues(); ++i) {
    const BasicBlock* from = phi.getIncomingBlock(i);
    if (from != branch && !before.contains(from)) continue;
    if (taken != nullptr && taken != phi.getIncomingValue(i)) return true;
    taken = phi.getIncomingValue(i);
  }
  return false;
}

// Whether one of the blocks `before`, which come behind `branch`, uses the value.
bool is_used_in(const Blocks& before, const BasicBlock* branch, const Instruction& value) {
  return any_of(value.uses(), [&](const Use& use) {
    const auto* user = cast<Instruction>(use.getUser());
    const auto* phi = dyn_cast<PHINode>(user);
    if (phi == nullptr) return before.contains(user->getParent());
    const BasicBlock* from = phi->getIncomingBlock(use);
    return from == branch || before.contains(from);
  });
}

// What threads that part at `branch` may disagree on of what is made in `block`: some of them make
// it anew and others, which do not come there, still use what was made in an earlier turn; or they
// come there from different blocks.
void add_parted_values(const BasicBlock* branch, const BasicBlock* block, const Region& region,
                       const StateGraph& states, ValueSet& divergent) {
  if (states_behind(block, region, states).empty()) return;
  const Blocks before = reachable(branch, region, block);
  const std::set<int> states_before = states_behind(branch, region, states, block);
  for (const Instruction& value : *block) {
    if (value.getType()->isVoidTy()) continue;
    const auto* phi = dyn_cast<PHINode>(&value);
    if ((phi != nullptr && is_join(*phi, branch, before)) || is_used_in(before, branch, value) ||
        have_common(states_crossed(value, states), states_before))
      divergent.insert(&value);
  }
}

// Threads part at `branch`, and one goes round an outer loop before it waits.
void add_values_of_parted_turns(const BasicBlock* branch, const Region& region,
                                const StateGraph& states, ValueSet& divergent) {
  if (!is_in_loop(branch)) return;
  for (const BasicBlock* block : reachable(branch, region, nullptr))
    if (block != branch) add_parted_values(branch, block, region, states, divergent);
}

// Threads part at `branch`, and may come to it again and again before they wait.
void add_values_of_cycle(const BasicBlock* branch, const Region& region, const StateGraph& states,
                         ValueSet& divergent) {
  const Blocks cycle = cycle_of(branch, region);
  if (cycle.empty() || meets_again(branch, cycle, region)) return;
  for (const BasicBlock* block : cycle)
    for (const Instruction& value : *block)
      if (!value.getType()->isVoidTy() && !states_crossed(value, states).empty())
        divergent.insert(&value);
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
        add_values_of_cycle(branch, region, states, divergent);
        add_values_of_parted_turns(branch, region, states, divergent);
      }
    }
  }
}

}  // namespace sennit::cpu
