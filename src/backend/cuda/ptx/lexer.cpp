#include "backend/cuda/ptx/lexer.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cuda::ptx {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool continues_name(char c) { return starts_name(c) || is_digit(c); }

constexpr std::string_view kPunctuation = "{}[]()<>,;:=+-*/%!~&|^?@";

// A quotation for messages: short, and on one line.
std::string shown(std::string_view text) {
  std::string result(text.substr(0, 40));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  return result;
}

}  // namespace

TokenKind kind_of(std::string_view text) {
  if (text.empty()) return TokenKind::End;
  const char first = text.front();
  if (first == '"') return TokenKind::String;
  if (is_digit(first)) return TokenKind::Number;
  if (starts_name(first) || (first == '%' && text.size() > 1)) return TokenKind::Word;
  if (first == '.') return TokenKind::Directive;
  return TokenKind::Punctuation;
}

void append_token(std::string& line, std::string_view token) {
  if (!line.empty()) {
    const char last = line.back();
    const TokenKind kind = kind_of(token);
    const bool after_word = continues_name(last) || last == '"' || last == '.';
    const bool joins = after_word && kind != TokenKind::Punctuation;
    // "a < b" needs no blank, but two slashes are a comment, two colons join names, and a percent
    // sign begins one.
    const bool slashes = last == '/' && (token.front() == '/' || token.front() == '*');
    const bool colons = last == ':' && token.front() == ':';
    if (joins || slashes || colons || last == ',' || last == '%' ||
        (last == ')' && kind != TokenKind::Punctuation)) {
      line += ' ';
    }
  }
  line += token;
}

Token Lexer::next() {
  Token token;
  token.starts_line = skip_blanks();
  const std::size_t begin = next_;
  if (begin == text_.size()) return token;
  const char first = text_[begin];
  if (starts_name(first) || (first == '%' && continues_name(at(begin + 1)))) {
    token.kind = TokenKind::Word;
    take_name(/*dots=*/true);
  } else if (first == '.' && continues_name(at(begin + 1))) {
    token.kind = TokenKind::Directive;
    take_name(/*dots=*/false);
  } else if (is_digit(first)) {
    token.kind = TokenKind::Number;
    take_number();
  } else if (first == '"') {
    token.kind = TokenKind::String;
    take_string();
  } else if (kPunctuation.find(first) != std::string_view::npos) {
    token.kind = TokenKind::Punctuation;
    ++next_;
  } else {
    refuse(begin, format("PTX has no character '{}'", shown(text_.substr(begin, 1))));
  }
  token.text = text_.substr(begin, next_ - begin);
  return token;
}

// True if the next token is the first of its line.
bool Lexer::skip_blanks() {
  bool starts_line = next_ == 0;
  while (next_ < text_.size()) {
    const char c = text_[next_];
    if (c == '\n') {
      starts_line = true;
      ++next_;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      ++next_;
    } else if (c == '/' && at(next_ + 1) == '/') {
      next_ = std::min(text_.find('\n', next_), text_.size());
    } else if (c == '/' && at(next_ + 1) == '*') {
      const std::size_t end = text_.find("*/", next_ + 2);
      if (end == std::string_view::npos) refuse(next_, "a comment is not closed");
      next_ = end + 2;
    } else {
      break;
    }
  }
  return starts_line;
}

// Names hold what follows two colons, and with `dots` what follows a dot: ".x" of a vector, the
// modifiers of an opcode.
void Lexer::take_name(bool dots) {
  ++next_;
  while (true) {
    if (continues_name(at(next_))) {
      ++next_;
    } else if (dots && at(next_) == '.' && continues_name(at(next_ + 1))) {
      next_ += 2;
    } else if (at(next_) == ':' && at(next_ + 1) == ':' && continues_name(at(next_ + 2))) {
      next_ += 3;
    } else {
      return;
    }
  }
}

void Lexer::take_number() {
  const std::size_t begin = next_;
  const auto take = [&](auto belongs) {
    const std::size_t first = next_;
    while (belongs(at(next_))) ++next_;
    return next_ - first;
  };
  const char kind = at(begin) == '0' ? at(begin + 1) : '\0';
  bool good = true;
  if (kind == 'x' || kind == 'X') {
    next_ += 2;
    good = take(is_hex_digit) > 0;
  } else if (kind == 'f' || kind == 'F' || kind == 'd' || kind == 'D') {
    next_ += 2;
    good = take(is_hex_digit) == (kind == 'f' || kind == 'F' ? 8u : 16u);
  } else if (kind == 'b' || kind == 'B') {
    next_ += 2;
    good = take([](char c) { return c == '0' || c == '1'; }) > 0;
  } else {
    take(is_digit);
    if (at(next_) == '.' && !starts_name(at(next_ + 1))) {
      ++next_;
      take(is_digit);
    }
    if (at(next_) == 'e' || at(next_) == 'E') {
      ++next_;
      if (at(next_) == '+' || at(next_) == '-') ++next_;
      good = take(is_digit) > 0;
    }
  }
  if (at(next_) == 'u' || at(next_) == 'U') ++next_;
  if (!good || continues_name(at(next_))) {
    const std::size_t end = next_ + 1;
    refuse(begin, format("'{}' is no number", shown(text_.substr(begin, end - begin))));
  }
}

void Lexer::take_string() {
  const std::size_t begin = next_;
  for (++next_; next_ < text_.size() && text_[next_] != '\n'; ++next_) {
    if (text_[next_] == '\\' && at(next_ + 1) != '\n') {
      ++next_;
    } else if (text_[next_] == '"') {
      ++next_;
      return;
    }
  }
  refuse(begin, "a string is not closed");
}

void Lexer::refuse(const Token& at, std::string_view problem) const {
  const std::size_t offset = at.kind == TokenKind::End
                                 ? text_.size()
                                 : static_cast<std::size_t>(at.text.data() - text_.data());
  const std::string found = at.kind == TokenKind::End ? "the end" : "'" + shown(at.text) + "'";
  refuse(offset, format("{}, found {}", problem, found));
}

void Lexer::refuse(std::size_t offset, std::string_view problem) const {
  const std::string_view before = text_.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;  // 0 where there is none
  raise(ErrorCode::InvalidArgument,
        format("PTX line {}, column {}: {}", line, offset - line_start + 1, problem));
}

}  // namespace sennit::cuda::ptx
