// backend/cpu/compiler/induction_split.cpp: i = start(thread) + k * step, as a sum.
#include "backend/cpu/compiler/induction_split.h"

#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>

#include <utility>
#include <vector>

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/loop_induction.h"
#include "backend/cpu/compiler/rematerialise.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

constexpr int kStartBudget = 10;  // instructions

bool has_barrier(const Loop& loop) {
  for (BasicBlock* block : loop.blocks())
    for (Instruction& instruction : *block)
      if (is_barrier(&instruction)) return true;
  return false;
}

void split(const Loop& loop, const Induction& induction) {
  PHINode* phi = induction.phi;
  PHINode* shared = PHINode::Create(phi->getType(), 2, "shared.step", phi->getIterator());
  IRBuilder<> builder(loop.getHeader(), loop.getHeader()->getFirstInsertionPt());
  Value* current = builder.CreateAdd(induction.start, shared);
  builder.SetInsertPoint(induction.increment);
  Value* shared_next = builder.CreateAdd(shared, induction.step);
  Value* next = builder.CreateAdd(induction.start, shared_next);
  shared->addIncoming(ConstantInt::get(phi->getType(), 0), loop.getLoopPredecessor());
  shared->addIncoming(shared_next, loop.getLoopLatch());
  induction.increment->replaceAllUsesWith(next);
  phi->replaceAllUsesWith(current);
  induction.increment->eraseFromParent();
  phi->eraseFromParent();
}

}  // namespace

void split_inductions(Function& kernel) {
  BlockUniformity uniformity(kernel);
  LoopInfo loops(uniformity.dominators());
  std::vector<std::pair<const Loop*, Induction>> found;
  for (const Loop* loop : loops.getLoopsInPreorder()) {
    if (!has_barrier(*loop)) continue;
    for (PHINode& phi : loop->getHeader()->phis()) {
      const auto induction = find_induction(phi, *loop);
      if (!induction || !uniformity.is_divergent(&phi)) continue;
      if (uniformity.is_divergent(induction->step)) continue;
      if (is_cheap_anywhere(induction->start, kStartBudget)) found.push_back({loop, *induction});
    }
  }
  for (const auto& [loop, induction] : found) split(*loop, induction);
}

}  // namespace sennit::cpu
