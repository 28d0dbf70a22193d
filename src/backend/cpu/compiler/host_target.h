// backend/cpu/compiler/host_target.h: the processor that this process runs on, as LLVM knows it.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>

#include "backend/cpu/compiler/frontend.h"

namespace sennit::cpu {

// Also makes LLVM's code generator ready for use, once in a process.
const Target& host_target();

// It makes one instruction of a product and a sum only where the code says `contract`: what
// __fmul_rn and __fadd_rn compute stays apart.
std::unique_ptr<llvm::TargetMachine> make_target_machine();

}  // namespace sennit::cpu
