// kernel/type_reader.cpp: reads specifiers and declarators.

#include "kernel/type_reader.h"

#include <algorithm>

#include "base/text.h"

namespace sennit {
namespace {

// Words that change nothing about how a value is passed.
bool is_noise(const Token& token) {
  static constexpr std::string_view kWords[] = {
      "volatile",   "__volatile__", "__restrict__", "__restrict", "restrict",
      "register",   "mutable",      "typename",     "struct",     "class",
      "union",      "enum",         "constexpr",    "inline",     "__grid_constant__",
      "__device__", "__host__",     "__constant__", "__shared__",
  };
  return std::find(std::begin(kWords), std::end(kWords), token.text) != std::end(kWords);
}

bool is_const(const Token& token) {
  return token.is("const") || token.is("__const") || token.is("__const__");
}

// The words that C++ builds its arithmetic types from, in any order.
class ArithmeticWords {
 public:
  bool accept(const Token& token) {
    for (std::size_t i = 0; i < std::size(kWords); ++i) {
      if (token.is(kWords[i])) {
        ++counts_[i];
        any_ = true;
        return true;
      }
    }
    return false;
  }
  bool any() const { return any_; }

  // In the spelling of find_cuda_type.
  std::string name() const {
    const bool is_unsigned = counts_[0] > 0;
    const std::string sign = is_unsigned ? "unsigned " : "";
    if (counts_[2] > 0)
      return is_unsigned ? "unsigned char" : counts_[1] > 0 ? "signed char" : "char";
    if (counts_[3] > 0) return sign + "short";
    if (counts_[7] > 0) return "float";
    if (counts_[8] > 0) return counts_[5] > 0 ? "long double" : "double";
    if (counts_[5] > 1) return sign + "long long";
    if (counts_[5] > 0) return sign + "long";
    if (counts_[6] > 0) return sign + "__int128";
    for (const std::size_t plain : {std::size_t{9}, std::size_t{10}}) {
      if (counts_[plain] > 0) return std::string(kWords[plain]);
    }
    return sign + "int";
  }

 private:
  static constexpr std::string_view kWords[] = {"unsigned", "signed", "char",     "short",
                                                "int",      "long",   "__int128", "float",
                                                "double",   "bool",   "void"};
  int counts_[std::size(kWords)] = {};
  bool any_ = false;
};

}  // namespace

SourceVariable TypeReader::variable() {
  SourceVariable variable;
  variable.type = specifiers();
  declarator(variable);
  return variable;
}

std::vector<SourceVariable> TypeReader::variables() {
  std::vector<SourceVariable> variables;
  const SourceType type = specifiers();
  while (position_ < tokens_.size()) {
    SourceVariable variable;
    variable.type = type;
    const std::size_t before = position_;
    declarator(variable);
    skip_initialiser();
    variables.push_back(std::move(variable));
    if (at(",")) ++position_;
    if (position_ == before) {  // not understood
      variables.back().type.problem = format("'{}' is not understood", spell(tokens_));
      break;
    }
  }
  return variables;
}

// const, volatile, attributes and the words of one type, in any order.
SourceType TypeReader::specifiers() {
  SourceType type;
  ArithmeticWords words;
  bool is_named = false;
  bool constant = false;
  std::string problem;
  while (position_ < tokens_.size()) {
    position_ = skip_attributes(tokens_, position_);
    if (position_ >= tokens_.size()) break;
    const Token& token = tokens_[position_];
    if (is_const(token)) {
      constant = true;
      ++position_;
    } else if (is_noise(token)) {
      ++position_;
    } else if (!is_named && words.accept(token)) {
      ++position_;
    } else if (token.is("auto") || token.is("decltype")) {
      problem = format("'{}' is deduced", token.text);
      is_named = true;
      ++position_;
      if (at("(")) position_ = std::min(matching_bracket(tokens_, position_) + 1, tokens_.size());
    } else if (!is_named && !words.any() && (token.identifier() || token.is("::"))) {
      type = types_.named(qualified_name(), context_);
      is_named = true;
    } else {
      break;
    }
  }
  if (!problem.empty()) {
    type.element = opaque_type("auto", 0, 1);
    type.problem = std::move(problem);
  } else if (words.any()) {
    if (auto known = find_cuda_type(words.name())) {
      type.element = *std::move(known);
    } else {
      type.element = opaque_type(words.name(), 0, 1);
      type.problem = format("'{}' is no type of device code", words.name());
    }
  } else if (!is_named) {
    type.element = opaque_type("?", 0, 1);
    type.problem = format("'{}' names no type", spell(tokens_));
  }
  if (constant && !type.pointers.empty()) {
    type.pointers.back() = true;  // `const P x` with `using P = float*`: the pointer is const
  } else if (constant) {
    type.is_const = true;
  }
  return type;
}

// [::] name [<...>] { :: [template] name [<...>] }
TokenSpan TypeReader::qualified_name() {
  const std::size_t begin = position_;
  if (at("::")) ++position_;
  while (position_ < tokens_.size() && tokens_[position_].identifier()) {
    ++position_;
    if (at("<")) {
      const std::size_t close = matching_angle(tokens_, position_);
      if (close == tokens_.size()) break;
      position_ = close + 1;
    }
    if (!at("::") || at("*", 1)) break;
    ++position_;
    if (at("template")) ++position_;
  }
  // A lone `::` must not be read again and again.
  if (position_ == begin) ++position_;
  return tokens_.subspan(begin, position_ - begin);
}

bool TypeReader::qualifiers() {
  bool constant = false;
  while (position_ < tokens_.size()) {
    const std::size_t behind = skip_attributes(tokens_, position_);
    if (behind != position_) {
      position_ = behind;
    } else if (is_const(tokens_[position_]) || is_noise(tokens_[position_])) {
      constant = constant || is_const(tokens_[position_]);
      ++position_;
    } else {
      break;
    }
  }
  return constant;
}

void TypeReader::declarator(SourceVariable& variable) {
  SourceType& type = variable.type;
  for (;;) {
    qualifiers();
    if (at("*")) {
      ++position_;
      type.pointers.push_back(qualifiers());
    } else if (at("&") || at("&&")) {
      ++position_;
      type.is_reference = true;
    } else if (at("...")) {
      ++position_;
      variable.is_pack = true;
    } else {
      break;
    }
  }
  if (at("(")) {
    parenthesised(variable);
  } else if (position_ < tokens_.size() && tokens_[position_].identifier()) {
    variable.name = tokens_[position_++].text;
  }
  position_ = skip_attributes(tokens_, position_);
  if (at("(")) {
    variable.is_function = true;
    position_ = std::min(matching_bracket(tokens_, position_) + 1, tokens_.size());
  }
  bounds(variable);
  position_ = skip_attributes(tokens_, position_);
  if (at(":")) {
    variable.is_bit_field = true;
    while (position_ < tokens_.size() && !at(",") && !at("=")) ++position_;
  }
  const bool ends = position_ >= tokens_.size() || at("=") || at(",") || at("{");
  if (!ends && type.problem.empty()) {
    type.problem = format("'{}' is not understood", spell(tokens_));
  }
  if (!ends && type.pointers.empty()) type.element.bytes = 0;
}

// (*name)(...), (*name)[N], (&name)[N], (name), or the parameters of an abstract function type.
void TypeReader::parenthesised(SourceVariable& variable) {
  const std::size_t close = matching_bracket(tokens_, position_);
  if (close == tokens_.size()) return;
  const bool function_type = close == position_ + 1 || at("void", 1) || at("const", 1);
  if (function_type) return;  // the caller sees the parenthesis and calls it a function
  ++position_;
  bool pointer = false;
  while (position_ < close && (at("*") || at("&") || at("&&") || at("const") || at("::") ||
                               tokens_[position_].identifier())) {
    if (at("*")) pointer = true;
    if (at("&") || at("&&")) variable.type.is_reference = true;
    if (tokens_[position_].identifier() && !is_const(tokens_[position_]) &&
        !is_noise(tokens_[position_])) {
      variable.name = tokens_[position_].text;
    }
    ++position_;
  }
  position_ = close + 1;
  // A pointer to an array of T is a pointer to T's. `f` in (*f)(int) is seen by the caller.
  if (pointer) {
    variable.type.pointers.push_back(false);
    while (at("[")) {
      position_ = std::min(matching_bracket(tokens_, position_) + 1, tokens_.size());
    }
  }
}

void TypeReader::bounds(SourceVariable& variable) {
  while (at("[")) {
    const std::size_t close = matching_bracket(tokens_, position_);
    if (close == tokens_.size()) return;
    variable.bounds.push_back(tokens_.subspan(position_ + 1, close - position_ - 1));
    position_ = close + 1;
  }
}

// "= value" or "{value}", up to the next comma.
void TypeReader::skip_initialiser() {
  if (!at("=") && !at("{")) return;
  while (position_ < tokens_.size() && !at(",")) {
    const bool opens = at("(") || at("[") || at("{");
    const std::size_t close = opens ? matching_bracket(tokens_, position_) : tokens_.size();
    position_ = close < tokens_.size() ? close + 1 : position_ + 1;
  }
}

}  // namespace sennit
