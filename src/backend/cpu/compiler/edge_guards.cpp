// backend/cpu/compiler/edge_guards.cpp: `if (i < n)` costs nothing away from the edge of the data.
#include "backend/cpu/compiler/edge_guards.h"

#include <llvm/IR/CFG.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/PatternMatch.h>

#include <map>
#include <utility>

#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;
using namespace llvm::PatternMatch;

namespace {

// How an expression depends on the thread.
struct Position {
  unsigned threads = 0;     // how often it mentions a thread's index
  bool has_block = false;   // it mentions the block's index
  bool goes_by_one = true;  // from one thread to the next
};

Position position_of(const Value* value, const BlockUniformity& uniformity, int depth = 0) {
  const auto* instruction = dyn_cast<Instruction>(value);
  if (!instruction || depth > 8) return {};
  if (callee_name(value) == hooks::kThreadIndex) return {1, false, true};
  if (callee_name(value) == hooks::kBlockIndex) return {0, true, true};
  Position sum;
  if (isa<LoadInst, CallBase, PHINode>(instruction)) {
    sum.goes_by_one = !uniformity.is_divergent(value);
    return sum;
  }
  for (const Value* operand : instruction->operands()) {
    const Position part = position_of(operand, uniformity, depth + 1);
    sum.threads += part.threads;
    sum.has_block |= part.has_block;
    sum.goes_by_one &= part.goes_by_one;
  }
  if (sum.threads == 0) return sum;
  const bool keeps_step =
      match(instruction, m_AddLike(m_Value(), m_Value())) || isa<ZExtInst, SExtInst>(instruction) ||
      (instruction->getOpcode() == Instruction::Sub &&
       position_of(instruction->getOperand(1), uniformity, depth + 1).threads == 0);
  sum.goes_by_one &= keeps_step;
  return sum;
}

// The operand of `compare` that is a position in the grid: 0 or 1; nullopt if it is no guard.
std::optional<unsigned> position_operand(const ICmpInst& compare,
                                         const BlockUniformity& uniformity) {
  if (!compare.isRelational()) return std::nullopt;
  for (unsigned side = 0; side < 2; ++side) {
    const Position position = position_of(compare.getOperand(side), uniformity);
    if (position.threads == 1 && position.has_block && position.goes_by_one &&
        !uniformity.is_divergent(compare.getOperand(1 - side)))
      return side;
  }
  return std::nullopt;
}

// Collects the guards that make `condition` be `wanted`, if all of them hold.
void collect(Value* condition, bool wanted, const BlockUniformity& uniformity,
             std::map<ICmpInst*, bool>& guards) {
  Value *a = nullptr, *b = nullptr;
  if (auto* compare = dyn_cast<ICmpInst>(condition)) {
    if (position_operand(*compare, uniformity)) guards.emplace(compare, wanted);
  } else if (match(condition, m_Not(m_Value(a)))) {
    collect(a, !wanted, uniformity, guards);
  } else if (wanted ? match(condition, m_LogicalAnd(m_Value(a), m_Value(b)))
                    : match(condition, m_LogicalOr(m_Value(a), m_Value(b)))) {
    collect(a, wanted, uniformity, guards);
    collect(b, wanted, uniformity, guards);
  }
}

// The successor where the work is: a loop's next turn, or what the other side goes around.
std::optional<unsigned> working_side(const BranchInst& branch, DominatorTree& dominators) {
  const BasicBlock* block = branch.getParent();
  const auto goes_back = [&](unsigned side) {
    return dominators.dominates(branch.getSuccessor(side), block);
  };
  if (goes_back(0) != goes_back(1)) return goes_back(0) ? 0 : 1;
  const auto is_own = [&](unsigned side) {
    const BasicBlock* successor = branch.getSuccessor(side);
    return successor->getSinglePredecessor() == block &&
           !isa<ReturnInst>(successor->getTerminator());
  };
  const auto returns = [&](unsigned side) {
    return isa<ReturnInst>(branch.getSuccessor(side)->getTerminator());
  };
  if (returns(0) != returns(1)) return returns(0) ? 1 : 0;
  if (is_own(0) != is_own(1)) return is_own(0) ? 0 : 1;
  return std::nullopt;
}

}  // namespace

std::vector<EdgeGuard> find_edge_guards(const Region& region, BlockUniformity& uniformity) {
  std::map<ICmpInst*, bool> guards;
  for (const BasicBlock* block : region.blocks) {
    const auto* branch = dyn_cast<BranchInst>(block->getTerminator());
    if (!branch || !branch->isConditional() || !uniformity.is_divergent(branch)) continue;
    if (const auto side = working_side(*branch, uniformity.dominators()))
      collect(branch->getCondition(), *side == 0, uniformity, guards);
  }
  std::vector<EdgeGuard> list;
  for (const auto& [compare, wanted] : guards) list.push_back({compare, wanted});
  return list;
}

Value* check_edge_guards(const std::vector<EdgeGuard>& guards, const RegionShell& shell,
                         EntryValues& values) {
  IRBuilder<>& builder = values.builder();
  const auto last = [&](Value* end) { return builder.CreateSub(end, builder.getInt32(1)); };
  const ThreadPlace first_thread{{shell.x_begin, shell.y_begin, shell.z_begin}};
  const ThreadPlace last_thread{{last(shell.x_end), last(shell.y_end), last(shell.z_end)}};
  Value* all = builder.getTrue();
  for (const EdgeGuard& guard : guards) {
    ICmpInst& compare = *guard.compare;
    Value* first_left = values.of_thread(compare.getOperand(0), first_thread);
    Value* first_right = values.of_thread(compare.getOperand(1), first_thread);
    Value* last_left = values.of_thread(compare.getOperand(0), last_thread);
    Value* last_right = values.of_thread(compare.getOperand(1), last_thread);
    if (!first_left || !first_right || !last_left || !last_right) return nullptr;
    const auto holds = [&](Value* left, Value* right) {
      Value* result = builder.CreateICmp(compare.getPredicate(), left, right);
      return guard.wanted ? result : builder.CreateNot(result);
    };
    // The position must not wrap around between the two; what is uniform is equal in both.
    const auto up = [&](Value* a, Value* b) {
      return compare.isSigned() ? builder.CreateICmpSLE(a, b) : builder.CreateICmpULE(a, b);
    };
    for (Value* condition : {up(first_left, last_left), up(first_right, last_right),
                             holds(first_left, first_right), holds(last_left, last_right)})
      all = builder.CreateAnd(all, condition);
  }
  return all;
}

}  // namespace sennit::cpu
