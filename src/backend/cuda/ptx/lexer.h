// backend/cuda/ptx/lexer.h: the words of a PTX text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sennit::cuda::ptx {

enum class TokenKind : std::uint8_t {
  End,
  Word,         // a name or an opcode with its modifiers: "%tid.x", "ld.global.f32", "$L__BB0_1"
  Directive,    // ".reg", ".u32"
  Number,       // "12", "0x1FU", "0f3F800000", "9.0"
  String,       // with its quotes
  Punctuation,  // one character
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;  // a part of the lexer's text; empty at its end
  bool starts_line = false;

  bool is(char punctuation) const {
    return kind == TokenKind::Punctuation && text.front() == punctuation;
  }
  bool is(std::string_view word) const { return kind != TokenKind::String && text == word; }
};

// What stands first in a token of this text; how it was written says what it is.
TokenKind kind_of(std::string_view text);

// Appends `token` to a line of tokens so that the line is read as the same tokens again.
void append_token(std::string& line, std::string_view token);

// Reads one token at a time. Comments are passed over. Linear in the length of the text.
class Lexer {
 public:
  // `text` must outlive the lexer and its tokens.
  explicit Lexer(std::string_view text) : text_(text) {}

  // Raises InvalidArgument at characters and numbers that PTX does not have.
  Token next();
  // Raises InvalidArgument, naming the line and the column of `at`.
  [[noreturn]] void refuse(const Token& at, std::string_view problem) const;

 private:
  bool skip_blanks();
  void take_name(bool dots);
  void take_number();
  void take_string();
  [[noreturn]] void refuse(std::size_t offset, std::string_view problem) const;
  char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }

  std::string_view text_;
  std::size_t next_ = 0;
};

}  // namespace sennit::cuda::ptx
