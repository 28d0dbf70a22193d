// backend/cpu/compiler/range_clip.cpp: threads with nothing to do are not visited.
#include "backend/cpu/compiler/range_clip.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/Instructions.h>

#include <map>
#include <utility>

#include "backend/cpu/compiler/hook_calls.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// Walks the region from its start. The bound of a block is the end of the x range beyond which
// threads that enter it have no effect; `all_` stands for "not known".
class Clipper {
 public:
  Clipper(const RegionShell& shell, const Region& region, const StateGraph& states,
          const FramePlan& plan, const BlockUniformity& uniformity, EntryValues& values)
      : shell_(shell),
        states_(states),
        plan_(plan),
        uniformity_(uniformity),
        values_(values),
        builder_(values.builder()),
        region_(region),
        all_(shell.x_end),
        none_(builder_.getInt32(0)) {
    bound_ = bound_of(region.blocks.front());
  }

  Value* x_end() {
    if (bound_ == all_) return all_;
    Value* one_thread = builder_.CreateAdd(shell_.x_begin, builder_.getInt32(1));
    return larger(smaller(bound_, all_), one_thread);
  }

 private:
  Value* smaller(Value* a, Value* b) {
    return builder_.CreateSelect(builder_.CreateICmpULT(a, b), a, b);
  }
  Value* larger(Value* a, Value* b) {
    return builder_.CreateSelect(builder_.CreateICmpUGT(a, b), a, b);
  }

  Value* bound_of(const BasicBlock* block) {
    // In a cycle the block itself is not known yet: all threads.
    const auto [place, is_new] = bounds_.try_emplace(block, all_);
    if (is_new) place->second = compute_bound(block);
    return bounds_[block];
  }

  Value* bound_behind(const BasicBlock* successor) {
    const int state = states_.entered_at(successor);
    if (state < 0) return bound_of(successor);
    // What each thread must leave for the next region binds every thread to run.
    if (!states_[state].whole_warp) return all_;
    for (const CrossingValue& value : plan_.values)
      if (value.crosses(state) && !value.uniform && region_.contains(value.value->getParent()))
        return all_;
    return none_;
  }

  Value* compute_bound(const BasicBlock* block) {
    for (const Instruction& instruction : *block)
      if (instruction.mayHaveSideEffects() && !is_place(&instruction)) return all_;
    const Instruction* end = block->getTerminator();
    if (isa<ReturnInst>(end)) return none_;
    const auto* branch = dyn_cast<BranchInst>(end);
    if (!branch) return all_;
    Value* taken = bound_behind(branch->getSuccessor(0));
    if (!branch->isConditional()) return taken;
    Value* otherwise = bound_behind(branch->getSuccessor(1));
    if (taken == otherwise) return taken;
    if (!uniformity_.is_divergent(branch)) {
      Value* condition = values_.uniform(branch->getCondition());
      return condition ? builder_.CreateSelect(condition, taken, otherwise) : all_;
    }
    return bound_of_compare(branch->getCondition(), taken, otherwise);
  }

  // threadIdx.x compared with something uniform.
  Value* bound_of_compare(Value* condition, Value* taken, Value* otherwise) {
    const auto* compare = dyn_cast<ICmpInst>(condition);
    if (!compare) return all_;
    ICmpInst::Predicate predicate = compare->getPredicate();
    Value* index = compare->getOperand(0);
    Value* limit = compare->getOperand(1);
    if (is_thread_index_x(limit)) {
      std::swap(index, limit);
      predicate = ICmpInst::getSwappedPredicate(predicate);
    }
    if (!is_thread_index_x(index)) return all_;
    if (taken == none_) {
      std::swap(taken, otherwise);
      predicate = ICmpInst::getInversePredicate(predicate);
    }
    if (otherwise != none_) return all_;
    Value* end = values_.uniform(limit);
    if (!end) return all_;
    switch (predicate) {
      case ICmpInst::ICMP_ULT:
        return smaller(end, taken);
      case ICmpInst::ICMP_SLT:  // a negative limit holds for no thread
        return smaller(builder_.CreateSelect(builder_.CreateICmpSGT(end, none_), end, none_),
                       taken);
      case ICmpInst::ICMP_EQ: {
        Value* past = builder_.CreateAdd(end, builder_.getInt32(1));
        return smaller(builder_.CreateSelect(builder_.CreateIsNull(past), end, past), taken);
      }
      default:
        return all_;
    }
  }

  const RegionShell& shell_;
  const StateGraph& states_;
  const FramePlan& plan_;
  const BlockUniformity& uniformity_;
  EntryValues& values_;
  IRBuilder<>& builder_;
  const Region& region_;
  Value* const all_;
  Value* const none_;
  Value* bound_ = nullptr;
  std::map<const BasicBlock*, Value*> bounds_;
};

}  // namespace

Value* clip_range(const RegionShell& shell, const Region& region, const StateGraph& states,
                  const FramePlan& plan, const BlockUniformity& uniformity, EntryValues& values) {
  return Clipper(shell, region, states, plan, uniformity, values).x_end();
}

}  // namespace sennit::cpu
