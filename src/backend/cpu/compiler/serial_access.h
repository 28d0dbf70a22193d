// backend/cpu/compiler/serial_access.h: memory accesses whose order between threads must stay.
//
// Other accesses of the threads of a block between two barriers are independent by CUDA's rules,
// and the loop over threads says so to the vectoriser. A mark is metadata of our own, known to
// nobody else and gone with the instruction.
#pragma once

#include <llvm/IR/Instruction.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Metadata.h>

namespace sennit::cpu {

inline constexpr char kSerialMetadata[] = "sennit.serial";

inline void mark_serial(llvm::Instruction& access) {
  access.setMetadata(kSerialMetadata, llvm::MDNode::get(access.getContext(), {}));
}
inline bool is_serial(const llvm::Instruction& access) {
  return access.getMetadata(kSerialMetadata) != nullptr;
}

}  // namespace sennit::cpu
