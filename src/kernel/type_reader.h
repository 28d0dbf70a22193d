// kernel/type_reader.h: the grammar of C++ declarations, as far as parameters and members use it.
#pragma once

#include "kernel/source_types.h"

namespace sennit {

// Reads one list of tokens once.
class TypeReader {
 public:
  TypeReader(SourceTypes& types, TokenSpan tokens, const SourceTypes::Context& context)
      : types_(types), tokens_(tokens), context_(context) {}

  SourceVariable variable();
  std::vector<SourceVariable> variables();

 private:
  bool at(std::string_view text, std::size_t offset = 0) const {
    return position_ + offset < tokens_.size() && tokens_[position_ + offset].is(text);
  }
  SourceType specifiers();
  TokenSpan qualified_name();
  bool qualifiers();  // true if `const` is among those here
  void declarator(SourceVariable& variable);
  void parenthesised(SourceVariable& variable);
  void bounds(SourceVariable& variable);
  void skip_initialiser();

  SourceTypes& types_;
  TokenSpan tokens_;
  SourceTypes::Context context_;
  std::size_t position_ = 0;
};

}  // namespace sennit
