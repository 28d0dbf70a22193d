// fuzz/check_ptx.h: what holds of every text, be it PTX or not.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/edit.h"
#include "backend/cuda/ptx/parser.h"
#include "backend/cuda/ptx/printer.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Without the evidence, which an edit may move.
inline std::string flags(const std::vector<KernelAccess>& kernels) {
  std::string text;
  for (const KernelAccess& kernel : kernels) {
    text += format("{} {}\n", kernel.kernel, kernel.touches_untracked);
    for (const ParameterUse& use : kernel.parameters) {
      require(!use.escapes || (use.reads && use.writes), "what escapes is read and written");
      require(!use.reads_old_contents || use.reads, "old contents are read");
      text += format("{}{}{}{}{}\n", use.is_pointer, use.reads, use.writes, use.escapes,
                     use.reads_old_contents);
    }
    for (const VariableUse& use : kernel.variables) {
      text += format("{} {}{}\n", use.name, use.reads, use.writes);
    }
  }
  return text;
}

// True if the text is a module that could be analysed. Aborts if it is and something does not hold;
// only errors of kind InvalidArgument get out of the parser and the analysis.
inline bool check_ptx(std::string_view text) {
  try {
    cuda::ptx::Module module = cuda::ptx::parse(text);
    const std::string printed = cuda::ptx::print(module);
    const cuda::ptx::Module again = cuda::ptx::parse(printed);
    require(again == module, "a printed module is read as the same");
    require(cuda::ptx::print(again) == printed, "and printed as the same");
    const std::vector<KernelAccess> kernels = cuda::ptx::infer_access(module);
    const std::string found = flags(kernels);
    require(flags(cuda::ptx::infer_access(again)) == found, "and does the same");
    for (const KernelAccess& kernel : kernels) {
      require(cuda::ptx::insert_at_entry(module, kernel.kernel, "griddepcontrol.wait;"),
              "a kernel that was found can be edited");
    }
    return true;
  } catch (const Error& error) {
    require(error.code() == ErrorCode::InvalidArgument, error.what());
    return false;
  }
}

}  // namespace sennit::fuzz
