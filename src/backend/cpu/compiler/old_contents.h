// backend/cpu/compiler/old_contents.h: which reads want what an array held before the kernel.
#pragma once

#include <functional>

#include "backend/cpu/compiler/pointer_flow.h"

namespace sennit::cpu {

// Calls `found(instruction, objects)` for each read, and each address given away, that a path of
// the code reaches before the thread may have written the objects, and before it has met a barrier:
// behind one, what it reads may come from another thread. In the order of the code.
void find_old_contents(
    const PointerFlow& flow,
    const std::function<void(const llvm::Instruction&, const ObjectSet&)>& found);

}  // namespace sennit::cpu
