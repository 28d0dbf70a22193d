// grcuda/expression.h: the one-line language of `eval`: its tree and its parser.
//
//   expression := array | call | callable
//   array      := identifier ( '[' constant ']' )+                    float[2 * 50][3]
//   call       := identifier '(' [ argument (',' argument)* ] ')'     bind("lib.so", "f(): sint32")
//   callable   := ['::'] identifier | identifier '::' identifier      CU::buildkernel
//   argument   := identifier | '"' text '"' | constant
//   constant   := term (('+' | '-') term)*
//   term       := factor (('*' | '/' | '%') factor)*
//   factor     := digits | '(' constant ')'
//
// Space and comments (/* ... */, // ...) stand between any two words. Constants have 64 bits;
// arithmetic that does not fit is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sennit::grcuda {

struct ArrayExpression {
  std::string type;
  std::vector<std::int64_t> shape;
};

struct Identifier {
  std::string name;
};

struct CallExpression {
  using Argument = std::variant<Identifier, std::string, std::int64_t>;
  std::string function;
  std::vector<Argument> arguments;
};

struct CallableExpression {
  std::vector<std::string> path;  // one or two names
};

using Expression = std::variant<ArrayExpression, CallExpression, CallableExpression>;

// Raises InvalidArgument that shows the text with a caret below the mistake.
Expression parse_expression(std::string_view text);

}  // namespace sennit::grcuda
