// backend/cpu/compiler/rematerialise.cpp: cheap values are computed again instead of being kept.
#include "backend/cpu/compiler/rematerialise.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

#include <map>
#include <vector>

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/states.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

constexpr int kBudget = 12;  // instructions, for one value

// `kept` collects the phis that the value needs, among those that `may_keep` allows.
struct Leaves {
  function_ref<bool(const PHINode&)> may_keep;
  SmallVector<const PHINode*, 2> kept;
};

bool is_cheap(Value* value, int& budget, Leaves& leaves) {
  auto* instruction = dyn_cast<Instruction>(value);
  if (!instruction) return true;  // a constant
  if (--budget < 0) return false;
  if (const auto* phi = dyn_cast<PHINode>(instruction)) {
    leaves.kept.push_back(phi);
    return leaves.may_keep(*phi);
  }
  if (is_place(instruction)) return true;
  if (is_argument_load(instruction))
    return is_cheap(cast<LoadInst>(instruction)->getPointerOperand(), budget, leaves);
  if (!isa<BinaryOperator, CastInst, GetElementPtrInst, CmpInst, SelectInst>(instruction))
    return false;
  if (instruction->isIntDivRem() || instruction->getType()->isFPOrFPVectorTy()) return false;
  for (Value* operand : instruction->operands())
    if (!is_cheap(operand, budget, leaves)) return false;
  return true;
}

using Copies = std::map<Value*, Value*>;

Value* copy_to(Instruction* place, Value* value, Copies& copies) {
  auto* instruction = dyn_cast<Instruction>(value);
  if (!instruction || isa<PHINode>(instruction)) return value;
  if (const auto found = copies.find(value); found != copies.end()) return found->second;
  Instruction* copy = instruction->clone();
  for (Use& operand : copy->operands()) operand.set(copy_to(place, operand.get(), copies));
  copy->insertBefore(place);
  return copies[value] = copy;
}

// Where a value must be ready for `use`.
Instruction* needed_at(const Use& use) {
  auto* user = cast<Instruction>(use.getUser());
  if (auto* phi = dyn_cast<PHINode>(user)) return phi->getIncomingBlock(use)->getTerminator();
  if (is_barrier(user)) return user->getParent()->getSinglePredecessor()->getTerminator();
  return user;
}

}  // namespace

bool is_cheap_anywhere(Value* value, int budget) {
  Leaves none{[](const PHINode&) { return false; }, {}};
  return is_cheap(value, budget, none);
}

void rematerialise(Function& kernel, const StateGraph& states) {
  BlockUniformity uniformity(kernel);
  const LoopInfo loops(uniformity.dominators());
  // A uniform counter of a loop is kept once anyway.
  const auto is_counter = [&](const PHINode& phi) {
    return !uniformity.is_divergent(&phi) && loops.isLoopHeader(phi.getParent());
  };
  // Behind its loop a counter may differ: threads leave at different turns.
  const auto is_in_loops_of = [&](const BasicBlock* place, const Leaves& leaves) {
    return all_of(leaves.kept, [&](const PHINode* phi) {
      return loops.getLoopFor(phi->getParent())->contains(place);
    });
  };
  std::vector<Instruction*> values;
  for (Instruction& instruction : instructions(kernel)) values.push_back(&instruction);
  // Users before what they use: a copy brings its operands along.
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    Instruction* original = *value;
    if (isa<PHINode, AllocaInst>(original) || original->getType()->isVoidTy()) continue;
    Leaves leaves{is_counter, {}};
    int budget = kBudget;
    if (!is_cheap(original, budget, leaves)) continue;
    if (states_crossed(*original, states).empty()) continue;
    std::map<Instruction*, Copies> copies;  // by place
    std::vector<Use*> uses;
    for (Use& use : original->uses()) uses.push_back(&use);
    for (Use* use : uses) {
      Instruction* place = needed_at(*use);
      const bool at_home = place->getParent() == original->getParent();
      if (at_home && !isa<PHINode>(use->getUser())) continue;
      if (!is_in_loops_of(place->getParent(), leaves)) continue;
      use->set(copy_to(place, original, copies[place]));
    }
    if (original->use_empty()) original->eraseFromParent();
  }
}

}  // namespace sennit::cpu
