// kernel/source_macros.h: macros of the C preprocessor, and their expansion.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kernel/source_tokens.h"

namespace sennit {

struct Macro {
  bool function_like = false;
  bool variadic = false;
  std::vector<std::string_view> parameters;  // without __VA_ARGS__
  Tokens body;
};

class MacroTable {
 public:
  explicit MacroTable(TextArena& arena) : arena_(arena) {}

  // `tokens` follow `#define`. What is no definition is ignored: the compiler will say so.
  void define(TokenSpan tokens);
  // As a compiler's option -D: "NAME", "NAME=VALUE".
  void define_option(std::string_view definition);
  void undefine(std::string_view name) { macros_.erase(name); }
  bool defined(std::string_view name) const { return macros_.contains(name); }

  // All macros in `tokens` expanded. Raises InvalidArgument if that yields an absurd amount.
  Tokens expand(TokenSpan tokens) const;

 private:
  friend class MacroExpansion;
  TextArena& arena_;
  std::map<std::string_view, Macro, std::less<>> macros_;
};

}  // namespace sennit
