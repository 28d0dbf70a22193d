// kernel/constant_expression.cpp: evaluates integer constant expressions by recursive descent.

#include "kernel/constant_expression.h"

#include <charconv>
#include <string>

namespace sennit {
namespace {

using Value = std::int64_t;

// Thrown and caught in this file: the expression is no constant.
struct NotConstant {};

struct Binary {
  std::string_view text;
  int precedence;  // higher binds tighter
};

// `<`, `>` and what starts with them arrive as single characters; see Evaluator::operator_here.
constexpr Binary kBinary[] = {
    {"||", 1}, {"&&", 2}, {"|", 3}, {"^", 4},  {"&", 5},  {"==", 6},
    {"!=", 6}, {"<", 7},  {">", 7}, {"<=", 7}, {">=", 7}, {"<<", 8},
    {">>", 8}, {"+", 9},  {"-", 9}, {"*", 10}, {"/", 10}, {"%", 10},
};

std::optional<Value> integer_literal(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '\'') digits += c;
  }
  while (!digits.empty() &&
         std::string_view("uUlLzZ").find(digits.back()) != std::string_view::npos) {
    digits.pop_back();
  }
  int base = 10;
  std::string_view body = digits;
  if (body.starts_with("0x") || body.starts_with("0X")) {
    base = 16;
    body.remove_prefix(2);
  } else if (body.starts_with("0b") || body.starts_with("0B")) {
    base = 2;
    body.remove_prefix(2);
  } else if (body.size() > 1 && body.front() == '0') {
    base = 8;
  }
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(body.data(), body.data() + body.size(), value, base);
  if (code != std::errc{} || end != body.data() + body.size()) return std::nullopt;
  return static_cast<Value>(value);
}

// Two's complement, as every compiler that matters; no operation overflows in C++'s sense.
Value wrap(std::uint64_t value) { return static_cast<Value>(value); }

Value apply(std::string_view op, Value a, Value b) {
  const auto x = static_cast<std::uint64_t>(a);
  const auto y = static_cast<std::uint64_t>(b);
  if (op == "||") return a != 0 || b != 0;
  if (op == "&&") return a != 0 && b != 0;
  if (op == "|") return a | b;
  if (op == "^") return a ^ b;
  if (op == "&") return a & b;
  if (op == "==") return a == b;
  if (op == "!=") return a != b;
  if (op == "<") return a < b;
  if (op == ">") return a > b;
  if (op == "<=") return a <= b;
  if (op == ">=") return a >= b;
  if (op == "+") return wrap(x + y);
  if (op == "-") return wrap(x - y);
  if (op == "*") return wrap(x * y);
  if (op == "<<" || op == ">>") {
    if (b < 0 || b > 63) throw NotConstant{};
    return op == "<<" ? wrap(x << y) : a >> b;
  }
  if (b == 0) throw NotConstant{};
  if (b == -1) return op == "/" ? wrap(0 - x) : 0;  // INT64_MIN / -1 would trap
  return op == "/" ? a / b : a % b;
}

class Evaluator {
 public:
  Evaluator(TokenSpan tokens, const ConstantNames& names) : tokens_(tokens), names_(names) {}

  Value whole() {
    const Value value = conditional();
    if (position_ != tokens_.size()) throw NotConstant{};
    return value;
  }

 private:
  static constexpr int kMaxDepth = 200;  // of nesting: sources come from anywhere

  struct Deeper {
    explicit Deeper(int& d) : depth(d) {
      if (++depth > kMaxDepth) {
        --depth;
        throw NotConstant{};
      }
    }
    ~Deeper() { --depth; }
    int& depth;
  };

  bool at(std::string_view text) const {
    return position_ < tokens_.size() && tokens_[position_].is(text);
  }
  bool accept(std::string_view text) {
    if (!at(text)) return false;
    ++position_;
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) throw NotConstant{};
  }

  Value conditional() {
    const Deeper deeper(depth_);
    const Value condition = binary(1);
    if (!accept("?")) return condition;
    const Value yes = conditional();
    expect(":");
    const Value no = conditional();
    return condition != 0 ? yes : no;
  }

  // The operator here, put together from the single `<`, `>` and `=` that it may consist of.
  const Binary* operator_here(std::size_t& width) const {
    if (position_ >= tokens_.size()) return nullptr;
    std::string text(tokens_[position_].text);
    width = 1;
    if ((text == "<" || text == ">") && position_ + 1 < tokens_.size()) {
      const Token& next = tokens_[position_ + 1];
      if (!next.space_before && (next.is(text) || next.is("="))) {
        text += next.text;
        width = 2;
      }
    }
    for (const Binary& row : kBinary) {
      if (row.text == text) return &row;
    }
    return nullptr;
  }

  Value binary(int lowest) {
    Value left = unary();
    for (;;) {
      std::size_t width = 0;
      const Binary* op = operator_here(width);
      if (op == nullptr || op->precedence < lowest) return left;
      const Deeper deeper(depth_);
      position_ += width;
      const std::size_t right_begin = position_;
      Value right = 0;
      // `0 && 1/0` is a constant: what is not needed may be none.
      const bool decided = (op->text == "&&" && left == 0) || (op->text == "||" && left != 0);
      try {
        right = binary(op->precedence + 1);
      } catch (NotConstant) {
        if (!decided) throw;
        skip_operand(right_begin, op->precedence);
      }
      left = apply(op->text, left, right);
    }
  }

  // Moves behind an operand that could not be evaluated and does not matter.
  void skip_operand(std::size_t begin, int precedence) {
    for (position_ = begin; position_ < tokens_.size(); ++position_) {
      if (at(")") || at("?") || at(":") || at(",")) return;
      if (at("||") && precedence >= 1) return;
      if (at("&&") && precedence >= 2) return;
      if (at("(")) {
        position_ = matching_bracket(tokens_, position_);
        if (position_ == tokens_.size()) throw NotConstant{};
      }
    }
  }

  Value unary() {
    const Deeper deeper(depth_);
    if (accept("!")) return unary() == 0;
    if (accept("~")) return ~unary();
    if (accept("-")) return wrap(0 - static_cast<std::uint64_t>(unary()));
    if (accept("+")) return unary();
    if (accept("(")) {
      const Value value = conditional();
      expect(")");
      return value;
    }
    if (accept("sizeof")) return size_of();
    if (accept("static_cast")) return converted();
    return primary();
  }

  Value size_of() {
    if (!at("(") || !names_.size_of) throw NotConstant{};
    const std::size_t close = matching_bracket(tokens_, position_);
    if (close == tokens_.size()) throw NotConstant{};
    const auto size = names_.size_of(tokens_.subspan(position_ + 1, close - position_ - 1));
    if (!size) throw NotConstant{};
    position_ = close + 1;
    return *size;
  }

  // static_cast<type>(value): a value that is small enough is the same in every integer type.
  Value converted() {
    if (!at("<")) throw NotConstant{};
    position_ = matching_angle(tokens_, position_);
    if (position_ == tokens_.size()) throw NotConstant{};
    ++position_;
    expect("(");
    const Value value = conditional();
    expect(")");
    return value;
  }

  Value primary() {
    if (position_ >= tokens_.size()) throw NotConstant{};
    const Token& token = tokens_[position_];
    if (token.kind == Token::Kind::Number) {
      ++position_;
      const auto value = integer_literal(token.text);
      if (!value) throw NotConstant{};
      return *value;
    }
    if (token.kind == Token::Kind::Character && token.text.size() == 3) {
      ++position_;
      return token.text[1];
    }
    if (accept("true")) return 1;
    if (accept("false")) return 0;
    return named();
  }

  Value named() {
    const std::size_t begin = position_;
    accept("::");
    while (position_ < tokens_.size() && tokens_[position_].identifier()) {
      ++position_;
      if (!accept("::")) break;
    }
    if (position_ == begin || !names_.value) throw NotConstant{};
    const auto value = names_.value(tokens_.subspan(begin, position_ - begin));
    if (!value) throw NotConstant{};
    return *value;
  }

  TokenSpan tokens_;
  const ConstantNames& names_;
  std::size_t position_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<std::int64_t> evaluate_constant(TokenSpan expression, const ConstantNames& names) {
  try {
    return Evaluator(expression, names).whole();
  } catch (NotConstant) {
    return std::nullopt;
  }
}

}  // namespace sennit
