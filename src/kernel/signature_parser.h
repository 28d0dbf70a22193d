// kernel/signature_parser.h: signatures as text, in GrCUDA's two syntaxes.
//
//   NIDL     saxpy(a: float, x: in pointer float, y: inout pointer float, n: sint32)
//   legacy   const pointer, pointer, sint32              (the name is given apart)
//
// Types are GrCUDA's (sint32, ull64 ...), NumPy's (int32, float32 ...) and those of CUDA C++
// (unsigned int, float4 ...). Beyond GrCUDA, `struct 24 align 8` is 24 bytes passed by value.
// In both syntaxes a parameter list may stand in parentheses and be followed by a result type,
// which is read and ignored: a kernel has none.
#pragma once

#include <string_view>

#include "kernel/signature.h"

namespace sennit {

// What `out pointer` promises. GrCUDA's programs use it for whatever a kernel writes, so there it
// means the same as `inout`; sennit's own means that every byte of the argument is overwritten.
enum class SignatureDialect { Sennit, GrCuda };

// Both raise InvalidArgument that shows the text with a caret below the mistake.
Signature parse_nidl_signature(std::string_view text, SignatureDialect dialect);
Signature parse_legacy_signature(std::string_view kernel, std::string_view text,
                                 SignatureDialect dialect);

}  // namespace sennit
