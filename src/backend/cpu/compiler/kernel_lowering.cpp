// backend/cpu/compiler/kernel_lowering.cpp: from one thread's code to regions that run many.
#include "backend/cpu/compiler/kernel_lowering.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/fault_lowering.h"
#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"
#include "backend/cpu/compiler/induction_split.h"
#include "backend/cpu/compiler/pseudo_barriers.h"
#include "backend/cpu/compiler/region_builder.h"
#include "backend/cpu/compiler/rematerialise.h"
#include "backend/cpu/compiler/shared_memory.h"
#include "backend/cpu/compiler/skewed_loops.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

bool is_thread_hook(const Instruction& instruction) {
  const auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  if (intrinsic && intrinsic->getIntrinsicID() == Intrinsic::threadlocal_address) return true;
  const StringRef name = callee_name(&instruction);
  return is_place(&instruction) || is_barrier(&instruction) || name == hooks::kAssertFail ||
         name == hooks::kTrap;
}

// What the user would call it.
std::string_view use_of(const Instruction& instruction) {
  const StringRef name = callee_name(&instruction);
  if (is_barrier(&instruction)) return "a barrier, shuffle or vote";
  if (name == hooks::kAssertFail || name == hooks::kTrap) return "assert or __trap";
  if (isa<IntrinsicInst>(instruction)) return "a __shared__ variable";
  return "the thread's or block's index or size";
}

// `unsigned __snt_activemask()` becomes a barrier and a load of what the runner then knows.
void lower_active_masks(Function& kernel) {
  std::vector<CallInst*> calls;
  for (Instruction& instruction : instructions(kernel))
    if (callee_name(&instruction) == hooks::kActiveMask)
      calls.push_back(cast<CallInst>(&instruction));
  if (calls.empty()) return;
  IRBuilder<> builder(kernel.getContext());
  Module& module = *kernel.getParent();
  Function* masks =
      declare_place(module, hooks::kWarpMask, FunctionType::get(builder.getPtrTy(), false));
  Function* rank =
      declare_place(module, hooks::kThreadRank, FunctionType::get(builder.getInt32Ty(), false));
  for (CallInst* call : calls) {
    builder.SetInsertPoint(call->getNextNode());
    Value* index = builder.CreateZExt(builder.CreateCall(rank), builder.getInt64Ty());
    Value* address =
        builder.CreateInBoundsGEP(builder.getInt32Ty(), builder.CreateCall(masks), index);
    call->replaceAllUsesWith(builder.CreateLoad(builder.getInt32Ty(), address));
  }
}

void drop_lifetimes(Function& kernel) {
  // A local's life goes across regions; the markers would end in none.
  for (Instruction& instruction : make_early_inc_range(instructions(kernel)))
    if (instruction.isLifetimeStartOrEnd()) instruction.eraseFromParent();
}

bool uses_exchange(Function& kernel) {
  return any_of(instructions(kernel), [](const Instruction& instruction) {
    return callee_name(&instruction) == hooks::kExchange;
  });
}

void build_regions(Function& kernel, const CompileTuning& tuning, LoweredKernel& lowered) {
  const StateGraph states(kernel);
  ValueSet skewed;
  if (states.has_barriers()) {
    if (tuning.rematerialisation) rematerialise(kernel, states);
    find_skewed_values(kernel, states, skewed);
  }
  BlockUniformity uniformity(kernel, skewed);
  const KernelPlan plan{&kernel, &states, &uniformity, plan_frame(kernel, states, uniformity),
                        tuning};
  for (std::size_t state = 0; state < states.size(); ++state) {
    const State& cut = states.states()[state];
    lowered.states.push_back({cut.kind, cut.whole_warp});
    lowered.uses_warps |= cut.kind == StateKind::Warp || cut.kind == StateKind::Converge;
    lowered.uses_grid_sync |= cut.kind == StateKind::Grid;
    build_region(plan, static_cast<int>(state), region_symbol(lowered.symbol, state));
  }
  lowered.frame_bytes = plan.frame.frame_bytes;
  lowered.uniform_bytes = plan.frame.uniform_bytes;
}

}  // namespace

std::string region_symbol(const std::string& kernel_symbol, std::size_t state) {
  return format("{}_{}", kernel_symbol, state);
}

void check_inlined(const Module& module) {
  for (const Function& function : module) {
    const bool is_entry = function.getName().starts_with(hooks::kEntryPrefix);
    for (const Instruction& instruction : instructions(function)) {
      const auto* variable = dyn_cast<AllocaInst>(&instruction);
      if (is_entry && variable && !variable->isStaticAlloca())
        raise(ErrorCode::Unsupported,
              "a kernel has a local array whose size is known only as it runs (alloca); give it "
              "a constant size");
      if (is_entry || !is_thread_hook(instruction)) continue;
      raise(ErrorCode::CompileFailed,
            format("'{}' uses {} and cannot be inlined into its kernel: it is recursive, or called "
                   "through a pointer; on the CPU such functions must get what they need as "
                   "parameters",
                   demangle(function.getName().str()), use_of(instruction)));
    }
  }
}

LoweredKernel lower_kernel(Function& kernel, const CompileTuning& tuning) {
  LoweredKernel lowered;
  lowered.symbol = kernel.getName().str();
  lower_faults(kernel);
  lower_active_masks(kernel);
  merge_places(kernel);
  lowered.static_shared_bytes = lower_shared_variables(kernel);
  if (tuning.shared_atomics) lower_shared_atomics(kernel);
  if (tuning.pseudo_barriers) insert_pseudo_barriers(kernel);
  if (tuning.induction_split) split_inductions(kernel);
  drop_lifetimes(kernel);
  lowered.uses_warps = uses_exchange(kernel);
  build_regions(kernel, tuning, lowered);
  kernel.eraseFromParent();
  return lowered;
}

}  // namespace sennit::cpu
