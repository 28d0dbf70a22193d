// backend/cpu/compiler/source_kernels.h: the kernels of a source, read from Clang's tree of it.
#pragma once

#include <string>
#include <vector>

#include "backend/cpu/compiler/frontend.h"

namespace clang {
class Decl;
class FunctionDecl;
}  // namespace clang

namespace sennit::cpu {

bool is_kernel(const clang::FunctionDecl& function);

// The parameters as written, but for `type`, which has typedefs resolved.
std::vector<Parameter> parameters_of(const clang::FunctionDecl& kernel);

// Of __launch_bounds__; 0 if the kernel has none.
unsigned max_threads_of(const clang::FunctionDecl& kernel);

// Adds the kernels that `declaration` is or holds, each once, in the order of the source.
void collect_kernels(const clang::Decl& declaration, std::vector<KernelPrototype>& kernels);

}  // namespace sennit::cpu
