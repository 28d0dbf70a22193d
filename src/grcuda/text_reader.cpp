#include "grcuda/text_reader.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace sennit::grcuda {
namespace {

bool starts_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

void TextReader::skip_space() {
  for (;;) {
    if (is_space(peek())) {
      ++position_;
    } else if (peek() == '/' && peek(1) == '/') {
      position_ = std::min(text_.find('\n', position_), text_.size());
    } else if (peek() == '/' && peek(1) == '*') {
      const std::size_t end = text_.find("*/", position_ + 2);
      position_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else {
      return;
    }
  }
}

bool TextReader::accept(std::string_view token) {
  if (text_.substr(std::min(position_, text_.size()), token.size()) != token) return false;
  position_ += token.size();
  skip_space();
  return true;
}

void TextReader::expect(std::string_view token) {
  if (accept(token)) return;
  error(position_, format("expected \"{}\", not {}", token, shown(position_)));
}

std::string TextReader::identifier() {
  const std::size_t begin = position_;
  if (starts_identifier(peek())) {
    while (starts_identifier(peek()) || is_digit(peek())) ++position_;
  }
  std::string found(text_.substr(begin, position_ - begin));
  skip_space();
  return found;
}

std::string TextReader::shown(std::size_t at) const {
  return at < text_.size() ? format("'{}'", text_[at]) : "the end";
}

void TextReader::error(std::size_t at, const std::string& what) const {
  const std::string_view before = text_.substr(0, at);
  const std::size_t line_end = before.rfind('\n');
  const std::size_t begin = line_end == std::string_view::npos ? 0 : line_end + 1;
  const std::string_view line = text_.substr(begin, text_.substr(begin).find('\n'));
  raise(ErrorCode::InvalidArgument,
        format("{}, line {}, column {}: {}\n  {}\n  {}^", kind_,
               std::count(before.begin(), before.end(), '\n') + 1, at - begin + 1, what, line,
               std::string(at - begin, ' ')));
}

}  // namespace sennit::grcuda
