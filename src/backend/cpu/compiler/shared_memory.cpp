// backend/cpu/compiler/shared_memory.cpp: `__shared__` variables become parts of a block's memory.
#include "backend/cpu/compiler/shared_memory.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/LowerAtomic.h>

#include <algorithm>
#include <map>
#include <vector>

#include "backend/cpu/compiler/hook_calls.h"
#include "backend/cpu/compiler/hooks.h"
#include "backend/cpu/compiler/serial_access.h"

namespace sennit::cpu {

using namespace llvm;

namespace {

// Static shared memory starts at a cache line; so does the dynamic part behind it.
constexpr std::uint64_t kBlockAlignment = 64;
// Like device memory from a CUDA allocator: vectors of 16 bytes may be laid over any array.
constexpr std::uint64_t kVariableAlignment = 16;

bool in_shared_memory(const Value* pointer) {
  const StringRef base = callee_name(getUnderlyingObject(pointer, /*MaxLookup=*/0));
  return base == hooks::kStaticShared || base == hooks::kDynamicShared;
}

}  // namespace

std::uint64_t lower_shared_variables(Function& kernel) {
  Module& module = *kernel.getParent();
  const DataLayout& layout = module.getDataLayout();
  FunctionType* type = FunctionType::get(PointerType::getUnqual(module.getContext()), false);
  Function* static_base = declare_place(module, hooks::kStaticShared, type);
  Function* dynamic_base = declare_place(module, hooks::kDynamicShared, type);

  std::map<const GlobalVariable*, std::uint64_t> offsets;
  std::uint64_t bytes = 0;
  for (Instruction& instruction : make_early_inc_range(instructions(kernel))) {
    auto* address = dyn_cast<IntrinsicInst>(&instruction);
    if (!address || address->getIntrinsicID() != Intrinsic::threadlocal_address) continue;
    const auto* variable = cast<GlobalVariable>(address->getArgOperand(0));
    const std::uint64_t variable_bytes = layout.getTypeAllocSize(variable->getValueType());
    IRBuilder<> builder(address);
    Value* lowered = nullptr;
    if (variable->isDeclaration() || variable_bytes == 0) {
      lowered = builder.CreateCall(dynamic_base);
    } else {
      auto [place, is_new] = offsets.try_emplace(variable, 0);
      if (is_new) {
        const std::uint64_t alignment = variable->getAlign().valueOrOne().value();
        place->second = alignTo(bytes, std::max(kVariableAlignment, alignment));
        bytes = place->second + variable_bytes;
      }
      lowered = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(),
                                                   builder.CreateCall(static_base), place->second);
    }
    address->replaceAllUsesWith(lowered);
    address->eraseFromParent();
  }
  return alignTo(bytes, kBlockAlignment);
}

void lower_shared_atomics(Function& kernel) {
  std::vector<AtomicRMWInst*> updates;
  std::vector<AtomicCmpXchgInst*> exchanges;
  for (Instruction& instruction : instructions(kernel)) {
    if (auto* update = dyn_cast<AtomicRMWInst>(&instruction)) {
      if (in_shared_memory(update->getPointerOperand())) updates.push_back(update);
    } else if (auto* exchange = dyn_cast<AtomicCmpXchgInst>(&instruction)) {
      if (in_shared_memory(exchange->getPointerOperand())) exchanges.push_back(exchange);
    }
  }
  for (AtomicRMWInst* update : updates) {
    IRBuilder<> builder(update);
    LoadInst* old = builder.CreateAlignedLoad(update->getType(), update->getPointerOperand(),
                                              update->getAlign());
    Value* value =
        buildAtomicRMWValue(update->getOperation(), builder, old, update->getValOperand());
    StoreInst* store =
        builder.CreateAlignedStore(value, update->getPointerOperand(), update->getAlign());
    mark_serial(*old);
    mark_serial(*store);
    update->replaceAllUsesWith(old);
    update->eraseFromParent();
  }
  for (AtomicCmpXchgInst* exchange : exchanges) {
    IRBuilder<> builder(exchange);
    Value* expected = exchange->getCompareOperand();
    LoadInst* old = builder.CreateAlignedLoad(expected->getType(), exchange->getPointerOperand(),
                                              exchange->getAlign());
    Value* equal = builder.CreateICmpEQ(old, expected);
    StoreInst* store =
        builder.CreateAlignedStore(builder.CreateSelect(equal, exchange->getNewValOperand(), old),
                                   exchange->getPointerOperand(), exchange->getAlign());
    mark_serial(*old);
    mark_serial(*store);
    Value* pair = builder.CreateInsertValue(PoisonValue::get(exchange->getType()), old, 0);
    exchange->replaceAllUsesWith(builder.CreateInsertValue(pair, equal, 1));
    exchange->eraseFromParent();
  }
}

}  // namespace sennit::cpu
