// backend/cpu/compiler/pipeline.h: what LLVM's own passes do before and after the lowering.
#pragma once

#include <cstddef>
#include <vector>

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace sennit::cpu {

// Inlines everything into the entry points and simplifies the code of one thread. Nothing is
// vectorised: the loop worth it, over threads, does not exist yet.
void optimise_thread_code(llvm::Module& module, llvm::TargetMachine& machine);

// Vectorises the thread loops and optimises what the lowering made.
void optimise_regions(llvm::Module& module, llvm::TargetMachine& machine, bool vectorise);

// Machine code as a relocatable object file.
std::vector<std::byte> emit_object(llvm::Module& module, llvm::TargetMachine& machine);

}  // namespace sennit::cpu
