// backend/cpu/compiler/states.h: a kernel cut at its barriers into states and regions.
#pragma once

#include <llvm/ADT/SmallPtrSet.h>

#include <set>
#include <unordered_map>
#include <vector>

#include "backend/cpu/compiler/assumptions.h"
#include "backend/cpu/kernel_abi.h"

namespace llvm {
class BasicBlock;
class CallInst;
class Function;
class Instruction;
}  // namespace llvm

namespace sennit::cpu {

class BlockUniformity;

// A place where threads may stand between two regions.
struct State {
  StateKind kind = StateKind::Start;
  llvm::BasicBlock* barrier = nullptr;  // holds the barrier's call and nothing else; not of state 0
  llvm::CallInst* call = nullptr;
  llvm::BasicBlock* body = nullptr;  // where its region begins
  bool whole_warp = true;            // see KernelState
};

class StateGraph {
 public:
  // Splits the kernel's blocks so that each barrier has one of its own.
  explicit StateGraph(llvm::Function& kernel);

  std::size_t size() const { return states_.size(); }
  const State& operator[](int state) const { return states_[static_cast<std::size_t>(state)]; }
  const std::vector<State>& states() const { return states_; }
  bool has_barriers() const { return states_.size() > 1; }
  // The state that a thread reaches by entering `block`; -1 if it is no barrier's.
  int entered_at(const llvm::BasicBlock* block) const;

 private:
  std::vector<State> states_;
  std::unordered_map<const llvm::BasicBlock*, int> by_block_;
};

// What runs from one state until the next ones are reached.
struct Region {
  int state = 0;
  std::vector<llvm::BasicBlock*> blocks;  // the first is where it begins
  llvm::SmallPtrSet<const llvm::BasicBlock*, 32> members;
  std::set<int> exits;            // states, and kStateExit if threads can leave the kernel
  bool threads_may_part = false;  // some threads may take another exit than others

  bool contains(const llvm::BasicBlock* block) const { return members.contains(block); }
};

// With `assumptions`, only what can then run.
Region find_region(int state, const StateGraph& states, const BlockUniformity& uniformity,
                   const Assumptions& assumptions = {});

// The states across which `value` is needed: it is made before and used after.
std::set<int> states_crossed(const llvm::Instruction& value, const StateGraph& states);

}  // namespace sennit::cpu
