// kernel/source_tokens.cpp: the tokenizer, and the matching of brackets.

#include "kernel/source_tokens.h"

#include <algorithm>

namespace sennit {
namespace {

bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_identifier(char c) { return starts_identifier(c) || is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// The source without its line continuations, and where they stood: they still count as lines.
struct Spliced {
  std::string text;
  std::vector<std::size_t> joints;  // ascending offsets into `text`
};

Spliced splice(const std::string& source) {
  Spliced result;
  result.text.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\\') {
      const std::size_t after = i + 1 < source.size() && source[i + 1] == '\r' ? i + 2 : i + 1;
      if (after < source.size() && source[after] == '\n') {
        result.joints.push_back(result.text.size());
        i = after;
        continue;
      }
    }
    result.text += source[i];
  }
  return result;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view text, const std::vector<std::size_t>& joints)
      : text_(text), joints_(joints) {}

  Tokens run() {
    for (;;) {
      skip_space_and_comments();
      if (position_ >= text_.size()) return std::move(tokens_);
      token();
    }
  }

 private:
  char at(std::size_t offset) const {
    return position_ + offset < text_.size() ? text_[position_ + offset] : '\0';
  }
  bool starts_with(std::string_view expected) const {
    return text_.substr(position_).starts_with(expected);
  }

  void skip_space_and_comments() {
    for (; position_ < text_.size(); space_ = true) {
      if (at(0) == '\n') {
        starts_line_ = true;
        ++position_;
      } else if (is_blank(at(0))) {
        ++position_;
      } else if (starts_with("//")) {
        position_ = std::min(text_.find('\n', position_), text_.size());
      } else if (starts_with("/*")) {
        const std::size_t end = text_.find("*/", position_ + 2);
        position_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  void token() {
    const char c = at(0);
    if (starts_identifier(c)) return identifier();
    if (is_digit(c) || (c == '.' && is_digit(at(1)))) return number();
    if (c == '"') return quoted(position_, '"', Token::Kind::String);
    if (c == '\'') return quoted(position_, '\'', Token::Kind::Character);
    for (const std::string_view two : {"...", "::", "->", "##", "&&", "||", "==", "!=", "+=", "-=",
                                       "*=", "/=", "%=", "&=", "|=", "^=", "++", "--"}) {
      if (starts_with(two)) return add(Token::Kind::Punctuator, position_ + two.size());
    }
    add(Token::Kind::Punctuator, position_ + 1);
  }

  void identifier() {
    std::size_t end = position_;
    while (end < text_.size() && continues_identifier(text_[end])) ++end;
    const std::string_view word = text_.substr(position_, end - position_);
    const char next = end < text_.size() ? text_[end] : '\0';
    const bool prefix = word == "u8" || word == "u" || word == "U" || word == "L";
    if (next == '"' && (word == "R" || (word.ends_with('R') && word.size() <= 3))) return raw(end);
    if (next == '"' && prefix) return quoted(end, '"', Token::Kind::String);
    if (next == '\'' && prefix) return quoted(end, '\'', Token::Kind::Character);
    add(Token::Kind::Identifier, end);
  }

  // A preprocessing number: "1e-3f", "0x1p+4", "1'000'000ull".
  void number() {
    std::size_t end = position_;
    while (end < text_.size()) {
      const char c = text_[end];
      const bool exponent = (c == '+' || c == '-') && end > position_ &&
                            std::string_view("eEpP").find(text_[end - 1]) != std::string_view::npos;
      const bool separator =
          c == '\'' && end + 1 < text_.size() && continues_identifier(text_[end + 1]);
      if (!continues_identifier(c) && c != '.' && !exponent && !separator) break;
      ++end;
    }
    add(Token::Kind::Number, end);
  }

  void quoted(std::size_t open, char quote, Token::Kind kind) {
    std::size_t end = open + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    // A literal ends with its line at the latest, so that a stray apostrophe stays harmless.
    const bool closed = end < text_.size() && text_[end] == quote;
    add(kind, std::min(closed ? end + 1 : end, text_.size()));
  }

  // R"delimiter( ... )delimiter"
  void raw(std::size_t quote) {
    const std::size_t open = text_.find('(', quote);
    if (open == std::string_view::npos || open - quote > 17) {
      return quoted(quote, '"', Token::Kind::String);
    }
    const std::string close = ")" + std::string(text_.substr(quote + 1, open - quote - 1)) + "\"";
    const std::size_t end = text_.find(close, open);
    add(Token::Kind::String, end == std::string_view::npos ? text_.size() : end + close.size());
  }

  void add(Token::Kind kind, std::size_t end) {
    while (counted_ < position_) line_ += text_[counted_++] == '\n' ? 1 : 0;
    while (joint_ < joints_.size() && joints_[joint_] <= position_) ++joint_;
    Token token;
    token.kind = kind;
    token.starts_line = starts_line_;
    token.space_before = space_;
    token.line = line_ + static_cast<int>(joint_);
    token.text = text_.substr(position_, end - position_);
    tokens_.push_back(token);
    starts_line_ = false;
    space_ = false;
    position_ = end;
  }

  std::string_view text_;
  const std::vector<std::size_t>& joints_;
  Tokens tokens_;
  std::size_t position_ = 0;
  std::size_t counted_ = 0;  // newlines before this offset are in line_
  std::size_t joint_ = 0;    // continuations before position_
  int line_ = 1;
  bool starts_line_ = true;
  bool space_ = false;
};

// Compilers give up here too (Clang's -fbracket-depth). It bounds the time that brackets without
// a partner cost.
constexpr std::size_t kMaxNesting = 256;

bool opens(const Token& token) { return token.is("(") || token.is("[") || token.is("{"); }
bool closes(const Token& token) { return token.is(")") || token.is("]") || token.is("}"); }

}  // namespace

Tokens tokenize(std::string source, TextArena& arena) {
  Spliced spliced = splice(source);
  return Tokenizer(arena.keep(std::move(spliced.text)), spliced.joints).run();
}

std::string spell(TokenSpan tokens) {
  std::string text;
  for (const Token& token : tokens) {
    if (!text.empty() && token.space_before) text += ' ';
    text += token.text;
  }
  return text;
}

std::size_t matching_bracket(TokenSpan tokens, std::size_t open) {
  std::string expected;  // a stack of closing brackets: (] is no match
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (opens(tokens[i])) {
      expected += tokens[i].is("(") ? ')' : tokens[i].is("[") ? ']' : '}';
      if (expected.size() > kMaxNesting) return tokens.size();
    } else if (closes(tokens[i])) {
      if (expected.empty() || tokens[i].text.front() != expected.back()) return tokens.size();
      expected.pop_back();
      if (expected.empty()) return i;
    }
  }
  return tokens.size();
}

std::size_t matching_angle(TokenSpan tokens, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].is("<")) {
      if (++depth > kMaxNesting) break;
    } else if (tokens[i].is(">")) {
      if (--depth == 0) return i;
    } else if (opens(tokens[i])) {
      i = matching_bracket(tokens, i);
    } else if (closes(tokens[i]) || tokens[i].is(";")) {
      break;
    }
  }
  return tokens.size();
}

std::vector<TokenSpan> split_at_commas(TokenSpan tokens) {
  std::vector<TokenSpan> items;
  if (tokens.empty()) return items;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::size_t close = tokens.size();
    if (opens(tokens[i])) {
      close = matching_bracket(tokens, i);
    } else if (tokens[i].is("<") && i > 0 && tokens[i - 1].identifier()) {
      close = matching_angle(tokens, i);  // else it is a comparison, in a default argument
    } else if (tokens[i].is(",")) {
      items.push_back(tokens.subspan(begin, i - begin));
      begin = i + 1;
    }
    if (close < tokens.size()) i = close;
  }
  items.push_back(tokens.subspan(begin));
  return items;
}

}  // namespace sennit
