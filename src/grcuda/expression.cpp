#include "grcuda/expression.h"

#include <charconv>
#include <limits>

#include "base/text.h"
#include "grcuda/text_reader.h"

namespace sennit::grcuda {
namespace {

// Deeper parentheses than anybody writes must not use up the stack.
constexpr int kMaxDepth = 200;

class Parser {
 public:
  explicit Parser(std::string_view text) : reader_(text, "expression") {}

  Expression parse() {
    reader_.skip_space();
    Expression expression = expression_here();
    if (!reader_.at_end()) {
      reader_.error(reader_.position(), format("expected the end of the expression, not {}",
                                               reader_.shown(reader_.position())));
    }
    return expression;
  }

 private:
  Expression expression_here() {
    if (reader_.accept("::")) return CallableExpression{{name()}};
    std::string first = name();
    if (reader_.peek() == '[') return array(std::move(first));
    if (reader_.peek() == '(') return call(std::move(first));
    if (!reader_.accept("::")) return CallableExpression{{std::move(first)}};
    std::string second = name();
    if (reader_.peek() == '(') {
      reader_.error(reader_.position(),
                    format("a member of a namespace cannot be called in an expression; evaluate "
                           "\"{}::{}\" and call the result",
                           first, second));
    }
    return CallableExpression{{std::move(first), std::move(second)}};
  }

  ArrayExpression array(std::string type) {
    ArrayExpression array{std::move(type), {}};
    while (reader_.accept("[")) {
      array.shape.push_back(constant());
      reader_.expect("]");
    }
    return array;
  }

  CallExpression call(std::string function) {
    CallExpression call{std::move(function), {}};
    reader_.expect("(");
    if (reader_.accept(")")) return call;
    do {
      call.arguments.push_back(argument());
    } while (reader_.accept(","));
    reader_.expect(")");
    return call;
  }

  CallExpression::Argument argument() {
    if (reader_.peek() == '"') return text();
    std::string identifier = reader_.identifier();
    if (!identifier.empty()) return Identifier{std::move(identifier)};
    return constant();
  }

  // Between double quotes; there are no escapes.
  std::string text() {
    const std::size_t begin = reader_.position();
    std::size_t end = begin + 1;
    while (end < reader_.text().size() && reader_.text()[end] != '"') {
      const char c = reader_.text()[end];
      if (c == '\n' || c == '\r' || c == '\\') {
        reader_.error(end, "a string has no backslash and no end of line");
      }
      ++end;
    }
    if (end == reader_.text().size()) reader_.error(begin, "the string has no closing '\"'");
    reader_.go_to(end + 1);
    reader_.skip_space();
    return std::string(reader_.text().substr(begin + 1, end - begin - 1));
  }

  std::string name() {
    std::string found = reader_.identifier();
    if (found.empty()) {
      reader_.error(reader_.position(),
                    format("expected an identifier, not {}", reader_.shown(reader_.position())));
    }
    return found;
  }

  std::int64_t constant() {
    std::int64_t value = term();
    for (;;) {
      const std::size_t at = reader_.position();
      bool overflow = false;
      if (reader_.accept("+")) {
        overflow = __builtin_add_overflow(value, term(), &value);
      } else if (reader_.accept("-")) {
        overflow = __builtin_sub_overflow(value, term(), &value);
      } else {
        return value;
      }
      if (overflow) too_large(at);
    }
  }

  std::int64_t term() {
    std::int64_t value = factor();
    for (;;) {
      const std::size_t at = reader_.position();
      if (reader_.accept("*")) {
        if (__builtin_mul_overflow(value, factor(), &value)) too_large(at);
      } else if (reader_.accept("/")) {
        value /= divisor(value, at);
      } else if (reader_.accept("%")) {
        value %= divisor(value, at);
      } else {
        return value;
      }
    }
  }

  std::int64_t divisor(std::int64_t dividend, std::size_t at) {
    const std::int64_t value = factor();
    if (value == 0) reader_.error(at, "division by zero");
    if (value == -1 && dividend == std::numeric_limits<std::int64_t>::min()) too_large(at);
    return value;
  }

  std::int64_t factor() {
    const std::size_t begin = reader_.position();
    if (reader_.accept("(")) {
      if (++depth_ > kMaxDepth) reader_.error(begin, "too many parentheses inside each other");
      const std::int64_t value = constant();
      reader_.expect(")");
      --depth_;
      return value;
    }
    std::int64_t value = 0;
    const char* const from = reader_.text().data() + begin;
    const char* const end = reader_.text().data() + reader_.text().size();
    // from_chars takes a sign, the grammar has none.
    const bool has_digit = reader_.peek() >= '0' && reader_.peek() <= '9';
    const auto [to, code] = std::from_chars(from, end, value);
    if (!has_digit || code == std::errc::invalid_argument) {
      reader_.error(begin, format("expected an integer or \"(\", not {}", reader_.shown(begin)));
    }
    if (code == std::errc::result_out_of_range) {
      reader_.error(begin, "unable to parse integer literal: it has more than 64 bits");
    }
    reader_.go_to(begin + static_cast<std::size_t>(to - from));
    reader_.skip_space();
    return value;
  }

  [[noreturn]] void too_large(std::size_t at) const {
    reader_.error(at, "the result has more than 64 bits");
  }

  TextReader reader_;
  int depth_ = 0;
};

}  // namespace

Expression parse_expression(std::string_view text) { return Parser(text).parse(); }

}  // namespace sennit::grcuda
