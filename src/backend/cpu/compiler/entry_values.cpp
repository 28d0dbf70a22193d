// backend/cpu/compiler/entry_values.cpp: values of the kernel, computed before any thread runs.
#include "backend/cpu/compiler/entry_values.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>

#include <utility>

#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

constexpr int kBudget = 16;  // instructions, for one value

}  // namespace

EntryValues::EntryValues(const RegionShell& shell, const FramePlan& plan,
                         std::function<Value*(const Value*)> incoming)
    : shell_(shell),
      plan_(plan),
      incoming_(std::move(incoming)),
      builder_(shell.entry->getTerminator()) {}

Value* EntryValues::uniform(Value* value) {
  int budget = kBudget;
  return rebuild(value, nullptr, budget);
}

Value* EntryValues::of_thread(Value* value, const ThreadPlace& place) {
  int budget = kBudget;
  return rebuild(value, &place, budget);
}

Value* EntryValues::rebuild(Value* value, const ThreadPlace* place, int& budget) {
  if (isa<Constant>(value)) return value;
  auto* instruction = dyn_cast<Instruction>(value);
  if (!instruction || --budget < 0) return nullptr;
  if (plan_.find(value))
    if (Value* known = incoming_(value)) return known;
  if (is_place(instruction)) return rebuild_place(*cast<CallBase>(instruction), place);
  if (is_argument_load(instruction)) {
    const auto* load = cast<LoadInst>(instruction);
    const auto* argument = dyn_cast<CallBase>(load->getPointerOperand());
    if (!argument) return nullptr;  // a member of a struct
    Value* address = shell_.argument_address(builder_, place_operand(*argument));
    return load_invariant(builder_, load->getType(), address, 0);
  }
  if (!isa<BinaryOperator, CastInst, CmpInst, SelectInst>(instruction) ||
      instruction->isIntDivRem())
    return nullptr;
  SmallVector<Value*, 4> operands;
  for (Value* operand : instruction->operands()) {
    operands.push_back(rebuild(operand, place, budget));
    if (!operands.back()) return nullptr;
  }
  Instruction* copy = instruction->clone();
  for (unsigned i = 0; i < operands.size(); ++i) copy->setOperand(i, operands[i]);
  copy->dropPoisonGeneratingFlags();  // the kernel may never have come to compute it
  builder_.Insert(copy);
  return copy;
}

Value* EntryValues::rebuild_place(const CallBase& call, const ThreadPlace* place) const {
  const StringRef name = callee_name(&call);
  if (name == hooks::kBlockDim) return shell_.block_dim[place_operand(call)];
  if (name == hooks::kBlockIndex) return shell_.block_index[place_operand(call)];
  if (name == hooks::kGridDim) return shell_.grid_dim[place_operand(call)];
  if (name == hooks::kThreadIndex && place) return place->index[place_operand(call)];
  return nullptr;
}

}  // namespace sennit::cpu
