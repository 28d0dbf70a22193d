// backend/cpu/compiler/compiler.h: CUDA C++ to machine code of this CPU.
#pragma once

#include <string>

#include "backend/backend.h"
#include "backend/cpu/compiler/tuning.h"

namespace sennit::cpu {

// Compiles all kernels that the request names into one image. Any thread, several at once.
// Raises CompileFailed with the compiler's log; Unsupported, with the source line, for what CUDA
// has and the CPU has not; InvalidArgument for an unknown option.
Image compile(const CompileRequest& request, const CompileTuning& tuning = {});

// The machine that `compile` makes code for: "x86_64 znver4 +avx2 ...". Part of the cache key.
const std::string& host_architecture();

// All else that changes what `compile` makes: versions of the compiler, the prelude, the image.
std::string compiler_key();

}  // namespace sennit::cpu
