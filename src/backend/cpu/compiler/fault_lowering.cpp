// backend/cpu/compiler/fault_lowering.cpp: assert and __trap become a report and an early return.
#include "backend/cpu/compiler/fault_lowering.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Local.h>

#include <vector>

#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

bool is_trap(const Instruction& instruction) {
  if (callee_name(&instruction) == hooks::kTrap) return true;
  const auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  return intrinsic && intrinsic->getIntrinsicID() == Intrinsic::trap;  // __builtin_trap
}

}  // namespace

void lower_faults(Function& kernel) {
  std::vector<CallBase*> failures;
  for (Instruction& instruction : instructions(kernel))
    if (is_trap(instruction) || callee_name(&instruction) == hooks::kAssertFail)
      failures.push_back(cast<CallBase>(&instruction));
  if (failures.empty()) return;

  IRBuilder<> builder(kernel.getContext());
  Type* pointer = builder.getPtrTy();
  FunctionCallee fault = kernel.getParent()->getOrInsertFunction(
      hooks::kFault,
      FunctionType::get(builder.getVoidTy(), {pointer, pointer, builder.getInt32Ty()}, false));
  for (CallBase* failure : failures) {
    builder.SetInsertPoint(failure);
    if (is_trap(*failure)) {
      builder
          .CreateCall(fault, {builder.CreateGlobalString("__trap() was called"),
                              ConstantPointerNull::get(builder.getPtrTy()), builder.getInt32(0)})
          ->setDoesNotThrow();
    } else {
      builder
          .CreateCall(fault, {failure->getArgOperand(0), failure->getArgOperand(1),
                              failure->getArgOperand(2)})
          ->setDoesNotThrow();
    }
    Instruction* leave = builder.CreateRetVoid();
    // Drops the call itself and all behind it, which can no longer be reached.
    changeToUnreachable(leave->getNextNode());
    leave->getNextNode()->eraseFromParent();
  }
}

}  // namespace sennit::cpu
