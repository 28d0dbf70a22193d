// backend/cpu/compiler/access_tracing.cpp: makes kernels tell what they read and write.
#include "backend/cpu/compiler/access_tracing.h"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>

#include <cstdint>
#include <vector>

#include "backend/cpu/access_trace.h"
#include "backend/cpu/compiler/address_arithmetic.h"
#include "backend/cpu/compiler/hooks.h"
#include "backend/cpu/compiler/instruction_effects.h"

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

std::uint32_t use_of(const Touch& touch) {
  return (touch.reads ? static_cast<std::uint32_t>(TracedUse::Read) : 0) |
         (touch.writes ? static_cast<std::uint32_t>(TracedUse::Write) : 0);
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
  TargetLibraryInfoImpl library_data((Triple(module.getTargetTriple())));
  const TargetLibraryInfo library(library_data);
  for (llvm::Function& function : module) {
    std::vector<Instruction*> all;
    for (Instruction& instruction : instructions(function)) all.push_back(&instruction);
    for (Instruction* instruction : all) {
      for (const Touch& touch : effects_of(*instruction, library).touches) {
        if (is_of_the_kernel(touch.address)) continue;
        Value* length = const_cast<Value*>(touch.length);
        if (touch.type)
          length = builder.getInt64(
              module.getDataLayout().getTypeStoreSize(const_cast<Type*>(touch.type)));
        if (!length) length = builder.getInt64(1);  // a text or a result of the C library's
        builder.SetInsertPoint(instruction);
        builder.CreateCall(
            hook, {const_cast<Value*>(touch.address), builder.CreateZExtOrTrunc(length, bytes_type),
                   builder.getInt32(use_of(touch))});
      }
    }
  }
}

}  // namespace sennit::cpu
