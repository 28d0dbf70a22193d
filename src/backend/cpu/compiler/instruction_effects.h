// backend/cpu/compiler/instruction_effects.h: what one instruction does to memory.
#pragma once

#include <llvm/ADT/SmallVector.h>

namespace llvm {
class Instruction;
class TargetLibraryInfo;
class Type;
class Value;
}  // namespace llvm

namespace sennit::cpu {

// Memory that the instruction reads or writes itself.
struct Touch {
  const llvm::Value* address = nullptr;
  bool reads = false;
  bool writes = false;
  const llvm::Type* type = nullptr;     // of the value there; null: `length` says how much
  const llvm::Value* length = nullptr;  // bytes; null too: not known
};

struct Effects {
  struct Put {
    const llvm::Value* value;
    const llvm::Value* address;
  };
  struct Copy {
    const llvm::Value* to;
    const llvm::Value* from;
    const llvm::Value* length;  // bytes
  };
  struct Comparison {
    const llvm::Value* left;
    const llvm::Value* right;  // null: something that is not followed
  };

  llvm::SmallVector<Touch, 2> touches;
  llvm::SmallVector<Put, 1> puts;
  llvm::SmallVector<Copy, 1> copies;
  llvm::SmallVector<Comparison, 1> comparisons;
  llvm::SmallVector<const llvm::Value*, 2> lost;  // values that get where nobody follows them
  bool runs_unknown_code = false;
  bool is_barrier = false;
  bool returns_heap = false;  // the result is new memory
};

// Calls of functions that the module defines, and calls through pointers, have no effect here:
// whoever knows what they call looks into it.
Effects effects_of(const llvm::Instruction& instruction, const llvm::TargetLibraryInfo& library);

}  // namespace sennit::cpu
