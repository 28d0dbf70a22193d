// kernel/constant_expression.h: integer constant expressions of the preprocessor and of C++.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "kernel/source_tokens.h"

namespace sennit {

// What names mean inside an expression. Each may be empty.
struct ConstantNames {
  std::function<std::optional<std::int64_t>(TokenSpan name)> value;    // "N", "ns::kSize"
  std::function<std::optional<std::int64_t>(TokenSpan type)> size_of;  // sizeof(type)
};

// nullopt if it is not an integer constant expression, or one that is not understood.
std::optional<std::int64_t> evaluate_constant(TokenSpan expression, const ConstantNames& names);

}  // namespace sennit
