// backend/cpu/compiler/states.cpp: a kernel cut at its barriers into states and regions.
#include "backend/cpu/compiler/states.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"
#include "base/error.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

StateKind kind_of(const CallInst& barrier) {
  const StringRef name = callee_name(&barrier);
  if (name == hooks::kBlockBarrier) return StateKind::Block;
  if (name == hooks::kWarpBarrier) return StateKind::Warp;
  if (name == hooks::kGridBarrier) return StateKind::Grid;
  if (name == hooks::kActiveMask) return StateKind::Converge;
  if (name == hooks::kPseudoBarrier) return StateKind::Pseudo;
  fail("a barrier of no known kind");
}

bool names_whole_warp(const CallInst& barrier) {
  const auto* mask = dyn_cast<ConstantInt>(barrier.getArgOperand(0));
  return mask && mask->isMinusOne();
}

}  // namespace

StateGraph::StateGraph(Function& kernel) {
  std::vector<CallInst*> barriers;
  for (Instruction& instruction : instructions(kernel))
    if (is_barrier(&instruction)) barriers.push_back(cast<CallInst>(&instruction));

  states_.push_back({StateKind::Start, nullptr, nullptr, &kernel.getEntryBlock(), true});
  for (CallInst* call : barriers) {
    BasicBlock* alone = SplitBlock(call->getParent(), call);
    BasicBlock* body = SplitBlock(alone, call->getNextNode());
    const StateKind kind = kind_of(*call);
    by_block_[alone] = static_cast<int>(states_.size());
    states_.push_back(
        {kind, alone, call, body, kind != StateKind::Warp || names_whole_warp(*call)});
  }
}

int StateGraph::entered_at(const BasicBlock* block) const {
  const auto found = by_block_.find(block);
  return found == by_block_.end() ? -1 : found->second;
}

namespace {

// The exits that a thread at the end of `block` can still take.
std::set<int> exits_behind(const BasicBlock* block, const StateGraph& states,
                           const Assumptions& assumptions) {
  std::set<int> exits;
  SmallPtrSet<const BasicBlock*, 32> seen;
  SmallVector<const BasicBlock*, 16> pending{block};
  while (!pending.empty()) {
    const BasicBlock* next = pending.pop_back_val();
    if (isa<ReturnInst>(next->getTerminator())) exits.insert(kStateExit);
    for (const BasicBlock* successor : assumptions.successors(next)) {
      const int state = states.entered_at(successor);
      if (state >= 0)
        exits.insert(state);
      else if (seen.insert(successor).second)
        pending.push_back(successor);
    }
  }
  return exits;
}

}  // namespace

Region find_region(int state, const StateGraph& states, const BlockUniformity& uniformity,
                   const Assumptions& assumptions) {
  Region region;
  region.state = state;
  region.blocks.push_back(states[state].body);
  region.members.insert(states[state].body);
  for (std::size_t next = 0; next < region.blocks.size(); ++next)
    for (BasicBlock* successor : assumptions.successors(region.blocks[next]))
      if (states.entered_at(successor) < 0 && region.members.insert(successor).second)
        region.blocks.push_back(successor);

  region.exits = exits_behind(states[state].body, states, assumptions);
  if (region.exits.size() > 1)
    for (const BasicBlock* block : region.blocks)
      if (assumptions.successors(block).size() > 1 &&
          uniformity.is_divergent(block->getTerminator()) &&
          exits_behind(block, states, assumptions).size() > 1)
        region.threads_may_part = true;
  return region;
}

std::set<int> states_crossed(const Instruction& value, const StateGraph& states) {
  const BasicBlock* home = value.getParent();
  SmallPtrSet<const BasicBlock*, 32> live_into;
  SmallVector<const BasicBlock*, 16> pending;
  const auto needed_in = [&](const BasicBlock* block) {
    if (block != home && live_into.insert(block).second) pending.push_back(block);
  };
  for (const Use& use : value.uses()) {
    const auto* user = cast<Instruction>(use.getUser());
    if (const auto* phi = dyn_cast<PHINode>(user))
      needed_in(phi->getIncomingBlock(use));
    else if (is_barrier(user))  // a warp barrier's mask is needed on arrival, not behind it
      needed_in(user->getParent()->getSinglePredecessor());
    else
      needed_in(user->getParent());
  }
  std::set<int> crossed;
  while (!pending.empty()) {
    const BasicBlock* block = pending.pop_back_val();
    if (const int state = states.entered_at(block); state >= 0) crossed.insert(state);
    for (const BasicBlock* predecessor : predecessors(block)) needed_in(predecessor);
  }
  return crossed;
}

}  // namespace sennit::cpu
