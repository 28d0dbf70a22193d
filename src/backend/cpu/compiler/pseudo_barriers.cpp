// backend/cpu/compiler/pseudo_barriers.cpp: loops of a thread become the outer ones.
#include "backend/cpu/compiler/pseudo_barriers.h"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include <vector>

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"
#include "backend/cpu/compiler/loop_induction.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// A state costs a call of the region and a trip through memory of what lives across it. Below
// this many iterations that is more than the vector gains: a loop that fetches the halo of a
// tile, which only a few threads run twice, lost a factor of 4.5.
constexpr std::uint64_t kFewIterations = 8;

// The induction variable of `loop` that `value` is, or is one step or one cast away from.
std::optional<Induction> induction_of(Value* value, const Loop& loop) {
  for (int casts = 0; casts < 3; ++casts)
    if (auto* cast = dyn_cast<CastInst>(value)) value = cast->getOperand(0);
  if (auto* phi = dyn_cast<PHINode>(value)) return find_induction(*phi, loop);
  if (auto* sum = dyn_cast<BinaryOperator>(value))
    for (Value* operand : sum->operands())
      if (auto* phi = dyn_cast<PHINode>(operand))
        if (auto induction = find_induction(*phi, loop)) return induction;
  return std::nullopt;
}

// True for `i < bound` with i = start(thread) + k * step and all else uniform: threads leave the
// loop within an iteration of each other, unless the starts lie far apart.
bool leaves_nearly_together(const Loop& loop, const BranchInst& branch,
                            const BlockUniformity& uniformity) {
  const auto* compare = dyn_cast<ICmpInst>(branch.getCondition());
  if (!compare) return false;
  for (unsigned side = 0; side < 2; ++side) {
    Value* bound = compare->getOperand(1 - side);
    if (!loop.isLoopInvariant(bound) || uniformity.is_divergent(bound)) continue;
    const auto induction = induction_of(compare->getOperand(side), loop);
    if (!induction || uniformity.is_divergent(induction->step)) continue;
    const auto* step = dyn_cast<ConstantInt>(induction->step);
    const auto* limit = dyn_cast<ConstantInt>(bound);
    if (!step || !limit) return true;
    return limit->getValue().abs().getLimitedValue() >=
           kFewIterations * step->getValue().abs().getLimitedValue();
  }
  return false;
}

// How the threads of a block leave a loop.
enum class Leave { Together, NearlyTogether, Apart };
Leave leave_of(const Loop& loop, const BlockUniformity& uniformity) {
  SmallVector<BasicBlock*, 4> exiting;
  loop.getExitingBlocks(exiting);
  Leave leave = Leave::Together;
  for (BasicBlock* block : exiting) {
    const Instruction* end = block->getTerminator();
    if (!uniformity.is_divergent(end)) continue;
    const auto* branch = dyn_cast<BranchInst>(end);
    if (!branch || !leaves_nearly_together(loop, *branch, uniformity)) return Leave::Apart;
    leave = Leave::NearlyTogether;
  }
  return leave;
}

// Of the loops around the innermost one, threads may leave one other than together. With a second
// each goes round the outer at its own time and what counts their turns is kept per thread: a blur,
// whose inner loops are short, took five times as long as in one piece.
bool threads_stay_together(const Loop& innermost, const BlockUniformity& uniformity) {
  if (leave_of(innermost, uniformity) == Leave::Apart) return false;
  int left_one_by_one = 0;
  for (const Loop* loop = innermost.getParentLoop(); loop; loop = loop->getParentLoop()) {
    const Leave leave = leave_of(*loop, uniformity);
    if (leave == Leave::Apart) return false;
    left_one_by_one += leave == Leave::NearlyTogether ? 1 : 0;
  }
  return left_one_by_one <= 1;
}

bool has_only_plain_work(const Loop& loop) {
  for (BasicBlock* block : loop.blocks()) {
    for (Instruction& instruction : *block) {
      if (instruction.isAtomic() || is_barrier(&instruction)) return false;
      if (isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction) && !is_place(&instruction))
        return false;
    }
  }
  return true;
}

}  // namespace

void insert_pseudo_barriers(Function& kernel) {
  BlockUniformity uniformity(kernel);
  LoopInfo loops(uniformity.dominators());
  std::vector<BasicBlock*> headers;
  for (const Loop* loop : loops.getLoopsInPreorder())
    if (loop->isInnermost() && has_only_plain_work(*loop) &&
        threads_stay_together(*loop, uniformity))
      headers.push_back(loop->getHeader());
  if (headers.empty()) return;

  FunctionCallee barrier = kernel.getParent()->getOrInsertFunction(
      hooks::kPseudoBarrier, FunctionType::get(Type::getVoidTy(kernel.getContext()), false));
  for (BasicBlock* header : headers) {
    IRBuilder<> builder(header, header->getFirstInsertionPt());
    builder.CreateCall(barrier)->setDoesNotThrow();
  }
}

}  // namespace sennit::cpu
