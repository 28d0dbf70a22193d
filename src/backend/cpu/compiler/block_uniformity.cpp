// backend/cpu/compiler/block_uniformity.cpp: which values are the same in all threads of a block.
#include "backend/cpu/compiler/block_uniformity.h"

#include <llvm/ADT/GenericUniformityImpl.h>
#include <llvm/Analysis/TargetTransformInfoImpl.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>

#include "backend/cpu/compiler/hook_calls.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// What LLVM asks a GPU target: where do differences between threads come from?
class BlockTarget final : public TargetTransformInfoImplCRTPBase<BlockTarget> {
 public:
  BlockTarget(const DataLayout& layout, const ValueSet& divergent)
      : TargetTransformInfoImplCRTPBase<BlockTarget>(layout), divergent_(divergent) {}

  bool hasBranchDivergence(const Function* = nullptr) const { return true; }

  bool isSourceOfDivergence(const Value* value) const {
    if (divergent_.contains(value)) return true;
    if (is_place(value)) return is_thread_place(value);
    if (is_argument_load(value)) return false;
    // Each thread has its own local variables. An atomic operation that touches no memory that
    // the analysis can see still hands every thread another old value.
    if (isa<AllocaInst, AtomicRMWInst, AtomicCmpXchgInst>(value)) return true;
    const auto* instruction = dyn_cast<Instruction>(value);
    return instruction && instruction->mayReadFromMemory() && !is_barrier(value);
  }

  bool isAlwaysUniform(const Value*) const { return false; }

 private:
  ValueSet divergent_;
};

CycleInfo cycles_of(Function& function) {
  CycleInfo cycles;
  cycles.compute(function);
  return cycles;
}

}  // namespace

BlockUniformity::BlockUniformity(Function& kernel, const ValueSet& divergent)
    : dominators_(kernel),
      cycles_(cycles_of(kernel)),
      target_(BlockTarget(kernel.getParent()->getDataLayout(), divergent)),
      info_(dominators_, cycles_, &target_) {
  info_.compute();
}

bool BlockUniformity::is_divergent(const Value* value) const {
  // LLVM keeps branches apart from values, and tells them by the static type.
  const auto* instruction = dyn_cast<Instruction>(value);
  return instruction ? info_.isDivergent(instruction) : info_.isDivergent(value);
}

bool BlockUniformity::is_uniform_everywhere(const Instruction& value) const {
  if (is_divergent(&value)) return false;
  for (const Use& use : value.uses())
    if (is_divergent(use)) return false;
  return true;
}

}  // namespace sennit::cpu
