// backend/cpu/compiler/inline_assembly.h: finds assembly that a kernel would run.
#pragma once

#include <vector>

#include "backend/cpu/compiler/frontend.h"

namespace clang {
class SourceManager;
}
namespace llvm {
class Module;
}

namespace sennit::cpu {

// Raises Unsupported, with its file and line, for inline assembly that an entry point can reach.
// What no kernel of the request calls is let through, unless its operands made no sense to Clang.
void refuse_inline_assembly(const llvm::Module& module, const std::vector<EntryPoint>& entry_points,
                            const clang::SourceManager& sources);

}  // namespace sennit::cpu
