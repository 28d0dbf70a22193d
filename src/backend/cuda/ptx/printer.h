// backend/cuda/ptx/printer.h: a module to PTX text.
#pragma once

#include <string>

#include "backend/cuda/ptx/module.h"

namespace sennit::cuda::ptx {

// The parser makes the same module of it again.
std::string print(const Module& module);
// One line, without the ';': "@!%p1 st.global.f32 [%rd4+8], %f1".
std::string print(const Instruction& instruction);

}  // namespace sennit::cuda::ptx
