// grcuda/native_signature.h: signatures of native functions, and of kernels in libraries.
//
//   NIDL     ['cxx'] [namespace::]name '(' [name ':' type (',' name ':' type)*] ')' [':' type]
//   legacy   type (',' type)*   or   '(' [type (',' type)*] ')' [':' type]    (the name apart)
//   type     qualifiers and 'pointer' [element type], or an element type
//
// Kernels that are compiled from sources are read by kernel/signature_parser.h, which knows all
// types of CUDA C++; this one keeps what a symbol's mangled name needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/access.h"
#include "grcuda/native_type.h"

namespace sennit::grcuda {

struct NativeParameter {
  std::string name;  // empty in a legacy signature
  const NativeType* type = nullptr;
  bool is_pointer = false;
  AccessMode access = AccessMode::ReadWrite;  // of a pointer: Read for `in` and `const`
};

struct NativeSignature {
  bool is_cxx = false;
  std::vector<std::string> namespaces;  // outermost first
  std::string name;
  std::vector<NativeParameter> parameters;
  const NativeType* result = nullptr;  // null: none was given
  bool result_is_pointer = false;

  // "ns::sub::f"
  std::string qualified_name() const;
  // As the library names it: mangled if it is C++.
  std::string symbol() const;
  // For kernel/signature_parser.h, with all that is known of each parameter:
  // "f(x: in pointer float, n: sint32)".
  std::string kernel_text() const;
};

// A kernel has no result; one that is given is ignored.
enum class Result : bool { Ignored, Required };

// Raise InvalidArgument that shows the text with a caret below the mistake.
NativeSignature parse_signature(std::string_view nidl, Result result);
NativeSignature parse_legacy(std::string_view name, std::string_view text, Result result);

// Begins with the word `cxx`.
bool is_cxx_signature(std::string_view text);

}  // namespace sennit::grcuda
