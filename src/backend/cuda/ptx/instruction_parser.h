// backend/cuda/ptx/instruction_parser.h: one instruction with its operands.
#pragma once

#include "backend/cuda/ptx/module.h"
#include "backend/cuda/ptx/token_reader.h"

namespace sennit::cuda::ptx {

// "@!%p1 ld.global.v2.f32 {%f1, %f2}, [%rd1+8];", its ';' included.
Instruction parse_instruction(TokenReader& reader);

}  // namespace sennit::cuda::ptx
