// backend/cpu/compiler/loop_induction.cpp: variables that advance by the same step each iteration.
#include "backend/cpu/compiler/loop_induction.h"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instructions.h>

namespace sennit::cpu {

using namespace llvm;

std::optional<Induction> find_induction(PHINode& phi, const Loop& loop) {
  BasicBlock* latch = loop.getLoopLatch();
  BasicBlock* before = loop.getLoopPredecessor();
  if (!latch || !before || phi.getParent() != loop.getHeader()) return std::nullopt;
  if (!phi.getType()->isIntegerTy()) return std::nullopt;
  auto* increment = dyn_cast<BinaryOperator>(phi.getIncomingValueForBlock(latch));
  if (!increment || increment->getOpcode() != Instruction::Add) return std::nullopt;
  Value* step = nullptr;
  if (increment->getOperand(0) == &phi) step = increment->getOperand(1);
  if (increment->getOperand(1) == &phi) step = increment->getOperand(0);
  if (!step || !loop.isLoopInvariant(step)) return std::nullopt;
  return Induction{&phi, increment, step, phi.getIncomingValueForBlock(before)};
}

}  // namespace sennit::cpu
