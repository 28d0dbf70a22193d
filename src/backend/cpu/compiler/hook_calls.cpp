// backend/cpu/compiler/hook_calls.cpp: recognises calls of hooks (hooks.h) in LLVM IR.
#include "backend/cpu/compiler/hook_calls.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include <map>
#include <utility>
#include <vector>

#include "backend/cpu/compiler/hooks.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

using namespace llvm;

StringRef callee_name(const Value* value) {
  const auto* call = dyn_cast<CallBase>(value);
  if (!call || !call->getCalledFunction()) return "";
  return call->getCalledFunction()->getName();
}

bool is_barrier(const Value* value) {
  static constexpr StringLiteral kNames[] = {hooks::kBlockBarrier, hooks::kWarpBarrier,
                                             hooks::kGridBarrier, hooks::kActiveMask,
                                             hooks::kPseudoBarrier};
  return is_contained(kNames, callee_name(value));
}

bool is_place(const Value* value) {
  static constexpr StringLiteral kNames[] = {
      hooks::kThreadIndex,   hooks::kBlockDim, hooks::kBlockIndex, hooks::kGridDim,
      hooks::kThreadRank,    hooks::kArgument, hooks::kExchange,   hooks::kStaticShared,
      hooks::kDynamicShared, hooks::kWarpMask};
  return is_contained(kNames, callee_name(value));
}

bool is_thread_place(const Value* value) {
  const StringRef name = callee_name(value);
  return name == hooks::kThreadIndex || name == hooks::kThreadRank;
}

bool is_argument_load(const Value* value) {
  const auto* load = dyn_cast<LoadInst>(value);
  return load &&
         callee_name(load->getPointerOperand()->stripInBoundsConstantOffsets()) == hooks::kArgument;
}

unsigned place_operand(const CallBase& call) {
  const auto* constant = dyn_cast<ConstantInt>(call.getArgOperand(0));
  if (!constant) fail(format("{} is called with a variable", callee_name(&call).str()));
  return static_cast<unsigned>(constant->getZExtValue());
}

bool is_thread_index_x(const Value* value) {
  return callee_name(value) == hooks::kThreadIndex && place_operand(*cast<CallBase>(value)) == 0;
}

Function* declare_place(Module& module, const char* name, FunctionType* type) {
  auto* function = cast<Function>(module.getOrInsertFunction(name, type).getCallee());
  function->setDoesNotAccessMemory();
  function->setDoesNotThrow();
  function->setWillReturn();
  return function;
}

namespace {

bool is_shared_address(const Instruction& instruction) {
  const auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  return intrinsic && intrinsic->getIntrinsicID() == Intrinsic::threadlocal_address;
}

// phi(a, a, itself) is a.
void drop_single_valued_phis(Function& kernel) {
  for (bool changed = true; changed;) {
    changed = false;
    for (BasicBlock& block : kernel) {
      for (PHINode& phi : make_early_inc_range(block.phis())) {
        Value* value = phi.hasConstantValue();
        if (!value || value == &phi || isa<UndefValue>(value)) continue;
        phi.replaceAllUsesWith(value);
        phi.eraseFromParent();
        changed = true;
      }
    }
  }
}

}  // namespace

void merge_places(Function& kernel) {
  std::vector<CallBase*> calls;
  for (Instruction& instruction : instructions(kernel))
    if (is_place(&instruction) || is_shared_address(instruction))
      calls.push_back(cast<CallBase>(&instruction));

  std::map<std::pair<Value*, Value*>, Instruction*> first;  // by (function, operand)
  for (CallBase* call : calls) {
    Value* operand = call->arg_size() ? call->getArgOperand(0) : nullptr;
    Instruction*& merged = first[{call->getCalledOperand(), operand}];
    if (!merged) {
      merged = call->clone();
      merged->insertBefore(&*kernel.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
    }
    call->replaceAllUsesWith(merged);
    call->eraseFromParent();
  }
  drop_single_valued_phis(kernel);
}

}  // namespace sennit::cpu
