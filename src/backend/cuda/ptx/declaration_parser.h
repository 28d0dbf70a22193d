// backend/cuda/ptx/declaration_parser.h: the parts of a module that are no instructions.
#pragma once

#include <string>
#include <vector>

#include "backend/cuda/ptx/module.h"
#include "backend/cuda/ptx/token_reader.h"

namespace sennit::cuda::ptx {

// At a state space: ".reg", ".global", ".param"...
bool at_declaration(const TokenReader& reader);

// ".global .align 4 .b8 a[4], b[8] = {1, 2}" up to its ';', behind the linkage in `specifiers`.
Declaration parse_declaration(TokenReader& reader, std::vector<std::string> specifiers);
// ".param .u64 .ptr .global .align 4 p": one name, up to ',' or ')'.
Declaration parse_parameter(TokenReader& reader);

// ".loc 1 12 3, function_name $L, inlined_at 1 20 3"
Location parse_location(TokenReader& reader);
// Any other directive, of a module, a function's head or a body.
Directive parse_directive(TokenReader& reader);

}  // namespace sennit::cuda::ptx
