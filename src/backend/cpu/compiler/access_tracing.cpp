// backend/cpu/compiler/access_tracing.cpp: makes kernels tell what they read and write.
#include "backend/cpu/compiler/access_tracing.h"

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include <cstdint>
#include <vector>

#include "backend/cpu/access_trace.h"
#include "backend/cpu/compiler/address_arithmetic.h"
#include "backend/cpu/compiler/hooks.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// Nobody asks for these; and the lowering knows loads of parameters by their form.
bool is_of_the_kernel(const Value* address) {
  const Value* object = getUnderlyingObject(address, /*MaxLookup=*/0);
  const auto* variable = dyn_cast<GlobalVariable>(object);
  return isa<AllocaInst>(object) || is_beginning(*object) ||
         (variable && variable->isThreadLocal());
}

struct Access {
  Value* address;
  Value* bytes;
  TracedUse use;
};

// Not by instruction_effects.h: what is traced is the judge of what is inferred. Of calls into the
// C library nothing is told.
std::vector<Access> accesses_of(Instruction& instruction, IRBuilder<>& builder) {
  const DataLayout& layout = instruction.getModule()->getDataLayout();
  const auto bytes_of = [&](Type* type) { return builder.getInt64(layout.getTypeStoreSize(type)); };
  if (auto* load = dyn_cast<LoadInst>(&instruction))
    return {{load->getPointerOperand(), bytes_of(load->getType()), TracedUse::Read}};
  if (auto* store = dyn_cast<StoreInst>(&instruction))
    return {{store->getPointerOperand(), bytes_of(store->getValueOperand()->getType()),
             TracedUse::Write}};
  if (auto* update = dyn_cast<AtomicRMWInst>(&instruction))
    return {{update->getPointerOperand(), bytes_of(update->getType()), TracedUse::ReadWrite}};
  if (auto* exchange = dyn_cast<AtomicCmpXchgInst>(&instruction))
    return {{exchange->getPointerOperand(), bytes_of(exchange->getNewValOperand()->getType()),
             TracedUse::ReadWrite}};
  if (auto* copy = dyn_cast<AnyMemTransferInst>(&instruction))
    return {{copy->getRawDest(), copy->getLength(), TracedUse::Write},
            {copy->getRawSource(), copy->getLength(), TracedUse::Read}};
  if (auto* fill = dyn_cast<AnyMemSetInst>(&instruction))
    return {{fill->getRawDest(), fill->getLength(), TracedUse::Write}};
  return {};
}

}  // namespace

void trace_accesses(llvm::Module& module) {
  IRBuilder<> builder(module.getContext());
  Type* pointer = builder.getPtrTy();
  Type* bytes_type = builder.getInt64Ty();
  FunctionCallee hook = module.getOrInsertFunction(
      hooks::kTraceAccess,
      FunctionType::get(builder.getVoidTy(), {pointer, bytes_type, builder.getInt32Ty()}, false));
  cast<llvm::Function>(hook.getCallee())->setDoesNotThrow();
  for (llvm::Function& function : module) {
    std::vector<Instruction*> all;
    for (Instruction& instruction : instructions(function)) all.push_back(&instruction);
    for (Instruction* instruction : all) {
      for (const Access& access : accesses_of(*instruction, builder)) {
        if (is_of_the_kernel(access.address)) continue;
        builder.SetInsertPoint(instruction);
        builder.CreateCall(hook,
                           {access.address, builder.CreateZExtOrTrunc(access.bytes, bytes_type),
                            builder.getInt32(static_cast<std::uint32_t>(access.use))});
      }
    }
  }
}

}  // namespace sennit::cpu
