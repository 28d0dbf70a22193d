// backend/cpu/compiler/host_target.h: the processor that this process runs on, as LLVM knows it.
#pragma once

#include <llvm/Target/TargetMachine.h>

#include <memory>

#include "backend/cpu/compiler/frontend.h"

namespace sennit::cpu {

// Also makes LLVM's code generator ready for use, once in a process.
const Target& host_target();

// `fuse` lets the code generator make one instruction of a product and a sum.
std::unique_ptr<llvm::TargetMachine> make_target_machine(bool fuse);

}  // namespace sennit::cpu
