// backend/cpu/compiler/region_builder.cpp: one region of a kernel becomes a function of its own.
//
// The region's blocks are cloned into the innermost of the loops over threads. A value that
// crosses states becomes a variable: loaded at the top of the loop, set where it is made, stored
// at the exits where it is needed. LLVM's mem2reg then makes SSA values of the variables.
#include "backend/cpu/compiler/region_builder.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <llvm/Transforms/Utils/PromoteMemToReg.h>
#include <llvm/Transforms/Utils/ValueMapper.h>

#include <map>
#include <vector>

#include "backend/cpu/compiler/edge_guards.h"
#include "backend/cpu/compiler/entry_values.h"
#include "backend/cpu/compiler/range_clip.h"
#include "backend/cpu/compiler/region_hooks.h"
#include "backend/cpu/compiler/region_shell.h"
#include "backend/cpu/compiler/serial_access.h"
#include "base/error.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// A crossing value inside the region.
struct Variable {
  const CrossingValue* crossing = nullptr;
  AllocaInst* now = nullptr;  // of the thread that runs
  AllocaInst* out = nullptr;  // of a uniform value: as the last thread that needed it left it
  Value* incoming = nullptr;  // of a uniform value that crosses into the region
  bool made_here = false;
  bool crosses_in = false;
};

class RegionBuilder {
 public:
  RegionBuilder(const KernelPlan& plan, int state, const std::string& name,
                const Assumptions& assumptions = {})
      : plan_(plan),
        states_(*plan.states),
        assumptions_(assumptions),
        region_(find_region(state, *plan.states, *plan.uniformity, assumptions)),
        shell_(make_region_shell(*plan.kernel, name)) {}

  Function* build() {
    make_variables();
    load_crossing_values();
    make_exits();
    clone_blocks();
    store_at_exits();
    connect_variables();
    lower_region_hooks(shell_, body_);
    mark_independent_accesses();
    hoist_argument_loads(shell_, body_);
    EntryValues values(shell_, plan_.frame, [&](const Value* value) { return incoming(value); });
    close_region_shell(shell_, clip(values), plan_.tuning.vectorisation);
    return_next_state();
    split_off_inner_ranges(values);
    promote_variables();
    return shell_.function;
  }

 private:
  AllocaInst* make_variable(Type* type) {
    auto builder = shell_.at_entry();
    variables_to_promote_.push_back(builder.CreateAlloca(type));
    return variables_to_promote_.back();
  }

  void make_variables() {
    auto builder = shell_.at_entry();
    next_ = make_variable(builder.getInt32Ty());
    any_bits_ = make_variable(builder.getInt32Ty());
    all_bits_ = make_variable(builder.getInt32Ty());
    builder.CreateStore(builder.getInt32(kStateExit), next_);
    builder.CreateStore(builder.getInt32(0), any_bits_);
    builder.CreateStore(builder.getInt32(~0u), all_bits_);
    for (const CrossingValue& crossing : plan_.frame.values) {
      Variable variable{.crossing = &crossing};
      variable.made_here = region_.contains(crossing.value->getParent());
      variable.crosses_in = region_.state != 0 && crossing.crosses(region_.state);
      Type* type = crossing.value->getType();
      if (variable.made_here || variable.crosses_in) {
        variable.now = make_variable(type);
        if (crossing.uniform) {
          variable.out = make_variable(type);
          if (variable.crosses_in) {
            Value* address = builder.CreateConstInBoundsGEP1_64(
                builder.getInt8Ty(), shell_.uniforms_in, crossing.offset);
            variable.incoming = load_value(builder, type, address, nullptr);
          }
          builder.CreateStore(variable.incoming ? variable.incoming : Constant::getNullValue(type),
                              variable.out);
        }
      }
      variables_.push_back(variable);
    }
  }

  // At the top of the thread loop.
  void load_crossing_values() {
    IRBuilder<> builder(shell_.x_loop);
    for (const Variable& variable : variables_) {
      if (!variable.crosses_in) continue;
      const CrossingValue& crossing = *variable.crossing;
      Value* value = variable.incoming;
      if (!crossing.uniform)
        value = load_value(builder, crossing.value->getType(),
                           shell_.frame_address(builder, crossing.offset, crossing.bytes),
                           shell_.access_group);
      builder.CreateStore(value, variable.now);
    }
  }

  void make_exits() {
    for (const int exit : region_.exits) {
      BasicBlock* block =
          BasicBlock::Create(shell_.entry->getContext(), "exit", shell_.function, shell_.x_latch);
      exits_[exit] = block;
      if (exit != kStateExit) clones_[states_[exit].barrier] = block;
    }
  }

  Value* place_local(const LocalVariable& local) {
    if (states_.has_barriers()) {
      IRBuilder<> builder(shell_.x_loop);
      return shell_.frame_address(builder, local.offset, local.bytes);
    }
    IRBuilder<> builder(shell_.entry, shell_.entry->getFirstInsertionPt());
    AllocaInst* variable =
        builder.CreateAlloca(local.variable->getAllocatedType(), local.variable->getArraySize());
    variable->setAlignment(local.variable->getAlign());
    return variable;
  }

  void clone_blocks() {
    for (BasicBlock* block : region_.blocks) {
      BasicBlock* clone = CloneBasicBlock(block, clones_, "", shell_.function);
      clone->moveBefore(shell_.x_latch);
      clones_[block] = clone;
      body_.push_back(clone);
      if (BasicBlock* only = assumptions_.only_successor(block)) {
        clone->getTerminator()->eraseFromParent();
        BranchInst::Create(only, clone);
      }
    }
    // What is assumed is so, wherever else it is used.
    for (const auto& [comparison, result] : assumptions_.results())
      clones_[comparison] = ConstantInt::getBool(shell_.entry->getContext(), result);
    for (const LocalVariable& local : plan_.frame.locals) {
      Value* place = place_local(local);
      if (region_.contains(local.variable->getParent())) {
        auto* clone = cast<AllocaInst>(&*clones_[local.variable]);
        clones_[local.variable] = place;
        clone->eraseFromParent();
      } else {
        clones_[local.variable] = place;
      }
    }
    for (BasicBlock* block : body_)
      for (Instruction& instruction : *block)
        RemapInstruction(&instruction, clones_, RF_IgnoreMissingLocals | RF_NoModuleLevelChanges);
    for (BasicBlock* block : body_) {
      drop_outside_edges(*block);
      auto* leave = dyn_cast<ReturnInst>(block->getTerminator());
      if (!leave) continue;
      IRBuilder<>(leave).CreateBr(exits_.at(kStateExit));
      leave->eraseFromParent();
    }
    IRBuilder<>(shell_.x_loop).CreateBr(body_.front());
  }

  // Phis keep the edges that exist in this region.
  void drop_outside_edges(BasicBlock& block) {
    const SmallPtrSet<BasicBlock*, 8> inside(pred_begin(&block), pred_end(&block));
    for (PHINode& phi : make_early_inc_range(block.phis()))
      for (unsigned i = phi.getNumIncomingValues(); i-- > 0;)
        if (!inside.contains(phi.getIncomingBlock(i)))
          phi.removeIncomingValue(i, /*DeletePHIIfEmpty=*/false);
  }

  const Variable* variable_of(const Value* value) const {
    const auto found = plan_.frame.index_of.find(value);
    return found == plan_.frame.index_of.end() ? nullptr : &variables_[found->second];
  }

  void store_at_exits() {
    for (const auto& [exit, block] : exits_) {
      IRBuilder<> builder(block);
      if (exit != kStateExit) {
        for (const Variable& variable : variables_) {
          const CrossingValue& crossing = *variable.crossing;
          if (!crossing.crosses(exit)) continue;
          Value* value = builder.CreateLoad(crossing.value->getType(), variable.now);
          if (crossing.uniform)
            builder.CreateStore(value, variable.out);
          else
            store_value(builder, value,
                        shell_.frame_address(builder, crossing.offset, crossing.bytes),
                        shell_.access_group);
        }
        if (!states_[exit].whole_warp) store_warp_mask(builder, states_[exit]);
      }
      builder.CreateStore(builder.getInt32(static_cast<std::uint32_t>(exit)), next_);
      builder.CreateBr(shell_.x_latch);
    }
  }

  // The runner must know which lanes the thread waits for.
  void store_warp_mask(IRBuilder<>& builder, const State& state) {
    Value* mask = state.call->getArgOperand(0);
    if (const Variable* variable = variable_of(mask))
      mask = builder.CreateLoad(mask->getType(), variable->now);
    else if (const auto clone = clones_.find(mask); clone != clones_.end())
      mask = clone->second;
    store_value(builder, mask,
                builder.CreateInBoundsGEP(builder.getInt32Ty(), shell_.warp_mask, shell_.rank64),
                shell_.access_group);
  }

  // Definitions set the variables, uses read them.
  void connect_variables() {
    for (const Variable& variable : variables_) {
      if (!variable.now) continue;
      Value* original = variable.crossing->value;
      auto* definition = variable.made_here ? cast<Instruction>(&*clones_[original]) : nullptr;
      std::vector<Use*> uses;
      for (Use& use : (definition ? definition : original)->uses())
        if (cast<Instruction>(use.getUser())->getFunction() == shell_.function)
          uses.push_back(&use);
      for (Use* use : uses) {
        auto* place = cast<Instruction>(use->getUser());
        if (auto* phi = dyn_cast<PHINode>(place))
          place = phi->getIncomingBlock(*use)->getTerminator();
        use->set(IRBuilder<>(place).CreateLoad(original->getType(), variable.now));
      }
      if (!definition) continue;
      Instruction* behind = isa<PHINode>(definition)
                                ? &*definition->getParent()->getFirstInsertionPt()
                                : definition->getNextNode();
      IRBuilder<>(behind).CreateStore(definition, variable.now);
    }
  }

  // Between two barriers CUDA lets threads of a block depend on each other only through atomics
  // and volatile accesses.
  void mark_independent_accesses() {
    for (BasicBlock* block : body_) {
      for (Instruction& access : *block) {
        if (!isa<LoadInst, StoreInst>(access) || access.isAtomic() || access.isVolatile()) continue;
        if (is_serial(access)) continue;
        const Value* object = getUnderlyingObject(getLoadStorePointerOperand(&access));
        // Variables become SSA values; a local on the region's stack serves all threads in turn.
        if (isa<AllocaInst>(object)) continue;
        access.setMetadata(LLVMContext::MD_access_group, shell_.access_group);
      }
    }
  }

  // A uniform value that crossed into the region and means the same wherever the region uses it.
  Value* incoming(const Value* value) const {
    const Variable& variable = *variable_of(value);
    if (!variable.made_here) return variable.incoming;
    const BasicBlock* home = variable.crossing->value->getParent();
    return only_prepares_exit(home) ? variable.incoming : nullptr;
  }

  // Makes the next turn's values of a loop, and waits: what the region has used are the last
  // turn's.
  bool only_prepares_exit(const BasicBlock* block) const {
    return block->getFirstNonPHI() == block->getTerminator() &&
           all_of(successors(block),
                  [&](const BasicBlock* next) { return states_.entered_at(next) >= 0; });
  }

  Value* clip(EntryValues& values) {
    if (!plan_.tuning.range_clipping || region_.threads_may_part) return shell_.x_end;
    return clip_range(shell_, region_, states_, plan_.frame, *plan_.uniformity, values);
  }

  // Where no thread of the range meets an edge, another version of the region runs.
  void split_off_inner_ranges(EntryValues& values) {
    if (!plan_.tuning.edge_guards || !assumptions_.empty()) return;
    auto guards = find_edge_guards(region_, *plan_.uniformity);
    erase_if(guards, [&](const EdgeGuard& guard) { return plan_.frame.find(guard.compare); });
    if (guards.empty()) return;
    Value* inside = check_edge_guards(guards, shell_, values);
    if (!inside) return;
    Assumptions assumptions;
    for (const EdgeGuard& guard : guards) assumptions.assume(guard.compare, guard.wanted);
    const std::string name = shell_.function->getName().str() + ".inner";
    Function* inner = RegionBuilder(plan_, region_.state, name, assumptions).build();
    inner->setLinkage(GlobalValue::InternalLinkage);

    BasicBlock* call_inner =
        BasicBlock::Create(shell_.entry->getContext(), "inner", shell_.function, shell_.z_loop);
    IRBuilder<> builder(call_inner);
    SmallVector<Value*, 4> arguments;
    for (Argument& argument : shell_.function->args()) arguments.push_back(&argument);
    builder.CreateRet(builder.CreateCall(inner, arguments));
    Instruction* end = shell_.entry->getTerminator();
    IRBuilder<>(end).CreateCondBr(inside, call_inner, shell_.z_loop);
    end->eraseFromParent();
  }

  void return_next_state() {
    if (region_.threads_may_part) collect_next_states();
    IRBuilder<> builder(shell_.leave);
    for (const Variable& variable : variables_) {
      const CrossingValue& crossing = *variable.crossing;
      const bool needed = any_of(region_.exits, [&](int exit) { return crossing.crosses(exit); });
      if (!needed || !crossing.uniform) continue;
      Value* address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), shell_.uniforms_out,
                                                          crossing.offset);
      store_value(builder, builder.CreateLoad(crossing.value->getType(), variable.out), address,
                  nullptr);
    }
    Value* next = builder.CreateLoad(builder.getInt32Ty(), next_);
    if (region_.threads_may_part) {
      Value* any = builder.CreateLoad(builder.getInt32Ty(), any_bits_);
      Value* all = builder.CreateLoad(builder.getInt32Ty(), all_bits_);
      next = builder.CreateSelect(builder.CreateICmpEQ(any, all), any,
                                  builder.getInt32(static_cast<std::uint32_t>(kStateDiverged)));
    }
    builder.CreateRet(next);
  }

  // All threads went to one state if the OR and the AND of their states are the same.
  void collect_next_states() {
    IRBuilder<> builder(shell_.x_latch, shell_.x_latch->begin());
    Type* i32 = builder.getInt32Ty();
    Value* next = builder.CreateLoad(i32, next_);
    store_value(builder, next, builder.CreateInBoundsGEP(i32, shell_.next_state, shell_.rank64),
                shell_.access_group);
    builder.CreateStore(builder.CreateOr(builder.CreateLoad(i32, any_bits_), next), any_bits_);
    builder.CreateStore(builder.CreateAnd(builder.CreateLoad(i32, all_bits_), next), all_bits_);
  }

  void promote_variables() {
    for (AllocaInst* variable : variables_to_promote_)
      if (!isAllocaPromotable(variable)) fail("a variable of a region escapes");
    DominatorTree dominators(*shell_.function);
    PromoteMemToReg(variables_to_promote_, dominators);
  }

  const KernelPlan& plan_;
  const StateGraph& states_;
  const Assumptions assumptions_;
  const Region region_;
  RegionShell shell_;
  ValueToValueMapTy clones_;
  std::vector<BasicBlock*> body_;  // clones of the region's blocks
  std::map<int, BasicBlock*> exits_;
  std::vector<Variable> variables_;  // one for each crossing value of the kernel
  std::vector<AllocaInst*> variables_to_promote_;
  AllocaInst* next_ = nullptr;      // the state that the thread has reached
  AllocaInst* any_bits_ = nullptr;  // OR of the threads' next states
  AllocaInst* all_bits_ = nullptr;  // AND of them
};

}  // namespace

Function* build_region(const KernelPlan& plan, int state, const std::string& name) {
  return RegionBuilder(plan, state, name).build();
}

}  // namespace sennit::cpu
