// backend/cuda/ptx/token_reader.h: the token at hand, the one behind it, and what to expect of
// them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "backend/cuda/ptx/lexer.h"
#include "base/text.h"

namespace sennit::cuda::ptx {

class TokenReader {
 public:
  explicit TokenReader(std::string_view text)
      : lexer_(text), token_(lexer_.next()), following_(lexer_.next()) {}

  const Token& token() const { return token_; }
  const Token& following() const { return following_; }
  bool at_end() const { return token_.kind == TokenKind::End; }
  bool at(char punctuation) const { return token_.is(punctuation); }
  bool at(std::string_view word) const { return token_.is(word); }
  bool at(TokenKind kind) const { return token_.kind == kind; }

  // Returns the token at hand and goes to the one behind it.
  Token take() {
    const Token taken = token_;
    token_ = following_;
    following_ = following_.kind == TokenKind::End ? following_ : lexer_.next();
    return taken;
  }
  bool take_if(char punctuation) {
    if (!at(punctuation)) return false;
    take();
    return true;
  }
  void expect(char punctuation) {
    if (!take_if(punctuation)) refuse(format("expected '{}'", punctuation));
  }
  // `what` stands in the message: "a name".
  std::string expect(TokenKind kind, std::string_view what) {
    if (!at(kind)) refuse(format("expected {}", what));
    return std::string(take().text);
  }
  [[noreturn]] void refuse(std::string_view problem) const { lexer_.refuse(token_, problem); }

 private:
  Lexer lexer_;
  Token token_, following_;
};

}  // namespace sennit::cuda::ptx
