// backend/cpu/compiler/region_hooks.h: the hooks that remain in a region's body become values.
#pragma once

#include <llvm/IR/BasicBlock.h>

#include <vector>

#include "backend/cpu/compiler/region_shell.h"

namespace sennit::cpu {

// Replaces places (threadIdx ...) by the shell's values and faults by reports to the runner.
void lower_region_hooks(const RegionShell& shell, const std::vector<llvm::BasicBlock*>& body);

// Loads of kernel parameters move to the region's entry: they are the same for all threads.
// REQUIRES: lower_region_hooks has run.
void hoist_argument_loads(const RegionShell& shell, const std::vector<llvm::BasicBlock*>& body);

}  // namespace sennit::cpu
