// backend/cpu/compiler/clang_invocation.h: how Clang is called: its arguments, files and preamble.
#pragma once

#include <memory>
#include <string>

#include "backend/cpu/compiler/frontend.h"
#include "backend/cpu/compiler/options.h"
#include "clang/Frontend/CompilerInstance.h"

namespace sennit::cpu {

class DiagnosticLog;

// Makes `compiler` ready to parse `source`, which sees CUDA's names as if it included them.
// The prelude is parsed once per process and set of options, and then kept as a precompiled
// header in memory. Any thread.
void prepare_clang(clang::CompilerInstance& compiler, DiagnosticLog& log,
                   const CompileOptions& options, const Target& target, std::string source);

}  // namespace sennit::cpu
