// backend/cpu/compiler/region_hooks.cpp: the hooks that remain in a region's body become values.
#include "backend/cpu/compiler/region_hooks.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>

#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// nullptr for a call that is no place.
Value* value_of(const RegionShell& shell, CallBase& call) {
  const StringRef name = callee_name(&call);
  if (name == hooks::kThreadIndex) {
    Value* const index[] = {shell.x, shell.y, shell.z};
    return index[place_operand(call)];
  }
  if (name == hooks::kBlockDim) return shell.block_dim[place_operand(call)];
  if (name == hooks::kBlockIndex) return shell.block_index[place_operand(call)];
  if (name == hooks::kGridDim) return shell.grid_dim[place_operand(call)];
  if (name == hooks::kThreadRank) return shell.rank;
  if (name == hooks::kExchange) return shell.exchange;
  if (name == hooks::kStaticShared) return shell.static_shared;
  if (name == hooks::kDynamicShared) return shell.dynamic_shared;
  if (name == hooks::kWarpMask) return shell.warp_mask;
  if (name == hooks::kArgument) {
    auto builder = shell.at_entry();
    return shell.argument_address(builder, place_operand(call));
  }
  return nullptr;
}

void lower_fault(const RegionShell& shell, CallBase& fault) {
  IRBuilder<> builder(&fault);
  Type* pointer = builder.getPtrTy();
  Type* i32 = builder.getInt32Ty();
  FunctionCallee report = shell.function->getParent()->getOrInsertFunction(
      hooks::kReportFault,
      FunctionType::get(builder.getVoidTy(), {pointer, i32, pointer, pointer, i32}, false));
  builder
      .CreateCall(report, {shell.context, shell.rank, fault.getArgOperand(0),
                           fault.getArgOperand(1), fault.getArgOperand(2)})
      ->setDoesNotThrow();
}

}  // namespace

void lower_region_hooks(const RegionShell& shell, const std::vector<BasicBlock*>& body) {
  for (BasicBlock* block : body) {
    for (Instruction& instruction : make_early_inc_range(*block)) {
      auto* call = dyn_cast<CallBase>(&instruction);
      if (!call) continue;
      if (callee_name(call) == hooks::kFault) {
        lower_fault(shell, *call);
      } else if (Value* value = value_of(shell, *call)) {
        call->replaceAllUsesWith(value);
      } else {
        continue;
      }
      call->eraseFromParent();
    }
  }
}

void hoist_argument_loads(const RegionShell& shell, const std::vector<BasicBlock*>& body) {
  const auto is_address = [&](const Value* pointer) {
    const auto* load = dyn_cast<LoadInst>(pointer->stripInBoundsConstantOffsets());
    return load && load->getParent() == shell.entry &&
           load->getPointerOperand()->stripInBoundsConstantOffsets() == shell.arguments;
  };
  for (BasicBlock* block : body) {
    for (Instruction& instruction : make_early_inc_range(*block)) {
      auto* load = dyn_cast<LoadInst>(&instruction);
      if (!load || !load->isSimple() || !is_address(load->getPointerOperand())) continue;
      load->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(load->getContext(), {}));
      load->setMetadata(LLVMContext::MD_access_group, nullptr);
      // The address may be a member's: a chain of constant offsets.
      SmallVector<Instruction*, 4> chain{load};
      for (auto* step = dyn_cast<GetElementPtrInst>(load->getPointerOperand());
           step && step->getParent() != shell.entry;
           step = dyn_cast<GetElementPtrInst>(step->getPointerOperand()))
        chain.push_back(step);
      for (Instruction* step : reverse(chain)) step->moveBefore(shell.entry->getTerminator());
    }
  }
}

}  // namespace sennit::cpu
