// backend/cpu/compiler/assumptions.cpp: comparisons whose result is taken as known.
#include "backend/cpu/compiler/assumptions.h"

#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PatternMatch.h>

namespace sennit::cpu {

using namespace llvm;
using namespace llvm::PatternMatch;

std::optional<bool> Assumptions::value_of(const Value* condition) const {
  if (const auto found = results_.find(condition); found != results_.end()) return found->second;
  const Value *a = nullptr, *b = nullptr;
  if (match(condition, m_Not(m_Value(a)))) {
    const auto value = value_of(a);
    return value ? std::optional(!*value) : std::nullopt;
  }
  const bool is_and = match(condition, m_LogicalAnd(m_Value(a), m_Value(b)));
  if (!is_and && !match(condition, m_LogicalOr(m_Value(a), m_Value(b)))) return std::nullopt;
  const auto left = value_of(a), right = value_of(b);
  const bool decisive = !is_and;  // one such operand is enough
  if (left == decisive || right == decisive) return decisive;
  return left && right ? std::optional(!decisive) : std::nullopt;
}

BasicBlock* Assumptions::only_successor(const BasicBlock* block) const {
  const auto* branch = dyn_cast<BranchInst>(block->getTerminator());
  if (!branch || !branch->isConditional() || results_.empty()) return nullptr;
  const auto value = value_of(branch->getCondition());
  return value ? branch->getSuccessor(*value ? 0 : 1) : nullptr;
}

SmallVector<BasicBlock*, 2> Assumptions::successors(const BasicBlock* block) const {
  if (BasicBlock* only = only_successor(block)) return {only};
  const Instruction* end = block->getTerminator();
  SmallVector<BasicBlock*, 2> all;
  for (unsigned i = 0; i < end->getNumSuccessors(); ++i) all.push_back(end->getSuccessor(i));
  return all;
}

}  // namespace sennit::cpu
