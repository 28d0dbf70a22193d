// kernel/source_tokens.h: CUDA C++ source as tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sennit {

struct Token {
  enum class Kind : std::uint8_t { Identifier, Number, String, Character, Punctuator };
  Kind kind = Kind::Punctuator;
  bool starts_line = false;   // first of its line
  bool space_before = false;  // white space or a comment stands before it
  bool no_expand = false;     // the name of a macro within its own expansion
  int line = 0;               // from 1
  std::string_view text;

  bool is(std::string_view expected) const { return text == expected && kind != Kind::String; }
  bool identifier() const { return kind == Kind::Identifier; }
};

using Tokens = std::vector<Token>;
using TokenSpan = std::span<const Token>;

// Owns the text that tokens point into. Grows only; addresses stay.
class TextArena {
 public:
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

 private:
  std::deque<std::string> texts_;
};

// Never fails: an unterminated comment or literal ends with the source, an unknown character is a
// punctuator. Punctuators are single characters, but for `::`, `...`, `->`, `##` and those
// operators that start with none of `<` and `>`: whether `>>` closes two lists or shifts, only
// the reader knows.
Tokens tokenize(std::string source, TextArena& arena);

// The tokens as one line of text, for messages and for comparing.
std::string spell(TokenSpan tokens);

// ---- Matching; these return tokens.size() if there is no match, or too deep nesting -------------

// `open` is at ( [ or {: the index of the bracket that closes it.
std::size_t matching_bracket(TokenSpan tokens, std::size_t open);

// `open` is at <: the index of the > that closes it as a list of template arguments or parameters.
std::size_t matching_angle(TokenSpan tokens, std::size_t open);

// Splits at the commas outside all brackets, template arguments included. No tokens: no items.
std::vector<TokenSpan> split_at_commas(TokenSpan tokens);

}  // namespace sennit
