// kernel/source_layout.h: the size and alignment of a struct from its definition.
#pragma once

#include "kernel/source_types.h"

namespace sennit {

// For structs of plain members: numbers, pointers, arrays, other such structs. What may change the
// layout otherwise (base classes, virtual functions, bit fields, packing) is named as a problem.
class StructLayout {
 public:
  StructLayout(SourceTypes& types, const Declaration& declaration,
               const TemplateArguments& arguments)
      : types_(types),
        declaration_(declaration),
        scope_(declaration.name + "::"),
        context_{scope_, &arguments} {}

  // Sets the element's bytes and alignment, or the problem.
  void measure(SourceType& type);

 private:
  void member_declaration(TokenSpan tokens);
  void add(const SourceVariable& member);
  void refuse(std::string why);

  SourceTypes& types_;
  const Declaration& declaration_;
  const std::string scope_;
  const SourceTypes::Context context_;
  std::uint64_t end_ = 0;
  std::uint64_t alignment_ = 1;
  std::string problem_;
};

}  // namespace sennit
