// fuzz/check_grcuda.h: what must hold for every text that is given to a parser of GrCUDA's.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "grcuda/expression.h"
#include "grcuda/native_signature.h"
#include "grcuda/nidl_file.h"
#include "kernel/signature_parser.h"

namespace sennit::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

// Runs `parse`; true if it takes the text. What it refuses is the caller's fault.
template <typename Parse>
bool takes(Parse&& parse) {
  try {
    parse();
    return true;
  } catch (const Error& error) {
    require(error.code() == ErrorCode::InvalidArgument);
    require(!error.message().empty());
    return false;
  }
}

inline bool check_expression(std::string_view text) {
  return takes([&] {
    const grcuda::Expression parsed = grcuda::parse_expression(text);
    if (const auto* array = std::get_if<grcuda::ArrayExpression>(&parsed)) {
      require(!array->type.empty() && !array->shape.empty());
    } else if (const auto* call = std::get_if<grcuda::CallExpression>(&parsed)) {
      require(!call->function.empty());
    } else {
      const auto& path = std::get<grcuda::CallableExpression>(parsed).path;
      require(path.size() == 1 || path.size() == 2);
    }
  });
}

// What is read is read again from its own text: mangled, and as a kernel's signature.
inline void check_native(const grcuda::NativeSignature& signature) {
  require(!signature.symbol().empty());
  const std::string text = signature.kernel_text();
  const grcuda::NativeSignature again = grcuda::parse_signature(text, grcuda::Result::Ignored);
  require(again.kernel_text() == text);
  // Texts are for native functions only.
  const bool has_text = text.find(": string") != std::string::npos ||
                        text.find("pointer string") != std::string::npos;
  if (!has_text) {
    const Signature kernel = parse_nidl_signature(text, SignatureDialect::GrCuda);
    require(kernel.parameters().size() == signature.parameters.size());
  }
}

inline bool check_signature(std::string_view text) {
  bool taken = false;
  for (const auto result : {grcuda::Result::Ignored, grcuda::Result::Required}) {
    taken |= takes([&] { check_native(grcuda::parse_signature(text, result)); });
    taken |= takes([&] { check_native(grcuda::parse_legacy("f", text, result)); });
  }
  taken |= takes([&] {
    for (const auto& entry : grcuda::parse_nidl_file(text, "file")) check_native(entry.signature);
  });
  for (const auto dialect : {SignatureDialect::Sennit, SignatureDialect::GrCuda}) {
    taken |= takes([&] { parse_nidl_signature(text, dialect); });
    taken |= takes([&] { parse_legacy_signature("f", text, dialect); });
  }
  return taken;
}

}  // namespace sennit::fuzz
