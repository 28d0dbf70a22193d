// backend/cuda/ptx/parser.h: PTX text to a module.
#pragma once

#include <string_view>

#include "backend/cuda/ptx/module.h"

namespace sennit::cuda::ptx {

// Raises InvalidArgument with line, column and what was expected if the text is no PTX. Opcodes and
// types are not checked: that is the assembler's. Linear in the length of the text.
Module parse(std::string_view text);

}  // namespace sennit::cuda::ptx
