// backend/cpu/compiler/access_evidence.h: an instruction as a message shows it.
#pragma once

#include <llvm/IR/ModuleSlotTracker.h>

#include "backend/kernel_access.h"

namespace llvm {
class Instruction;
class Module;
}  // namespace llvm

namespace sennit::cpu {

class EvidenceWriter {
 public:
  explicit EvidenceWriter(const llvm::Module& module);

  // The text, without alignment and metadata, and the line of the user's source: where a function
  // of the prelude was inlined, the line that calls it.
  Evidence write(const llvm::Instruction& instruction);

 private:
  llvm::ModuleSlotTracker slots_;
};

}  // namespace sennit::cpu
