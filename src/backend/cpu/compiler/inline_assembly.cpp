// backend/cpu/compiler/inline_assembly.cpp: finds assembly that a kernel would run.
#include "backend/cpu/compiler/inline_assembly.h"

#include "backend/cpu/compiler/diagnostics.h"
#include "base/text.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Metadata.h"
#include "llvm/IR/Module.h"

namespace sennit::cpu {
namespace {

// Where Clang found an assembly statement: it leaves its own location in the metadata.
std::string place_of(const llvm::CallBase& call, const clang::SourceManager& sources) {
  const llvm::MDNode* node = call.getMetadata("srcloc");
  if (node == nullptr || node->getNumOperands() == 0) return "in the source";
  const auto* value = llvm::mdconst::extract<llvm::ConstantInt>(node->getOperand(0));
  const auto location =
      clang::SourceLocation::getFromRawEncoding(static_cast<unsigned>(value->getZExtValue()));
  const clang::PresumedLoc place = sources.getPresumedLoc(location);
  return format("{}:{}", place.getFilename(), place.getLine());
}

}  // namespace

void refuse_inline_assembly(const llvm::Module& module, const std::vector<EntryPoint>& entry_points,
                            const clang::SourceManager& sources) {
  llvm::SmallPtrSet<const llvm::Value*, 32> seen;
  std::vector<const llvm::User*> pending;
  const auto reach = [&](const llvm::Value* value) {
    if (const auto* user = llvm::dyn_cast_or_null<llvm::User>(value);
        user != nullptr && llvm::isa<llvm::Constant>(user) && seen.insert(user).second) {
      pending.push_back(user);
    }
  };
  for (const EntryPoint& entry : entry_points) reach(module.getFunction(entry.symbol));
  while (!pending.empty()) {
    const llvm::User* user = pending.back();
    pending.pop_back();
    for (const llvm::Value* operand : user->operands()) reach(operand);
    const auto* function = llvm::dyn_cast<llvm::Function>(user);
    if (function == nullptr) continue;
    for (const llvm::Instruction& instruction : llvm::instructions(*function)) {
      const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction);
      if (call != nullptr && call->isInlineAsm()) raise_inline_assembly(place_of(*call, sources));
      for (const llvm::Value* operand : instruction.operands()) reach(operand);
    }
  }
}

}  // namespace sennit::cpu
