// grcuda/text_reader.h: what the parsers of this folder share: a place in a text, words, and errors
// that show it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sennit::grcuda {

class TextReader {
 public:
  // `kind` begins each error: "expression, line 1, column 3: ...". The text outlives the reader.
  TextReader(std::string_view text, std::string kind) : text_(text), kind_(std::move(kind)) {}

  bool at_end() const { return position_ >= text_.size(); }
  std::size_t position() const { return position_; }
  void go_to(std::size_t position) { position_ = position; }
  std::string_view text() const { return text_; }
  char peek(std::size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }

  // Passes over space and comments. An open comment reaches to the end of the text.
  void skip_space();
  // Passes `token` and the space behind it, if it stands here.
  bool accept(std::string_view token);
  // `accept`, or an error: expected "token".
  void expect(std::string_view token);
  // The identifier that starts here ([A-Za-z_$][A-Za-z0-9_$]*), with the space behind it; empty if
  // none does.
  std::string identifier();

  // What stands at a place, for messages: "'x'", "the end".
  std::string shown(std::size_t at) const;
  // Raises InvalidArgument with the line of the place and a caret below it.
  [[noreturn]] void error(std::size_t at, const std::string& what) const;

 private:
  const std::string_view text_;
  const std::string kind_;
  std::size_t position_ = 0;
};

}  // namespace sennit::grcuda
