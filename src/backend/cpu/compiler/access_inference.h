// backend/cpu/compiler/access_inference.h: what kernels do to memory, found in their LLVM IR.
//
// Every instruction of a kernel is looked at once: pointer_flow.h says which objects its addresses
// come from, instruction_effects.h what it does there. Paths are not told apart, so that whatever
// is not reported cannot happen, and what is reported happens unless its branch is never taken.
#pragma once

#include <vector>

#include "backend/cpu/compiler/frontend.h"
#include "backend/kernel_access.h"

namespace sennit::cpu {

// Raised with every change of what is said: images on disk keep the answers.
inline constexpr int kAccessVersion = 1;

// One for each entry point, in order. REQUIRES: all that the kernels call has been inlined as far
// as can be, and they are not lowered yet.
std::vector<KernelAccess> infer_access(const llvm::Module& module,
                                       const std::vector<EntryPoint>& entry_points);

}  // namespace sennit::cpu
