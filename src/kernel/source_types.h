// kernel/source_types.h: reads the types of parameters, members and template arguments.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/element_type.h"
#include "kernel/source_declarations.h"
#include "kernel/source_tokens.h"

namespace sennit {

// A type, with its aliases and template parameters resolved.
struct SourceType {
  ElementType element;         // without its pointers and qualifiers
  bool is_const = false;       // the element
  std::vector<bool> pointers;  // one for each `*`, innermost first: is that pointer const?
  bool is_reference = false;
  // Why a value of this type cannot be passed or measured; empty if it can. A pointer to a type
  // with a problem is no problem.
  std::string problem;

  bool same_as(const SourceType& other) const;
  // Of a value, pointers included; 0 if not known.
  std::uint32_t bytes() const;
  std::uint32_t alignment() const;
  std::string name() const;  // for messages: "const float32*"
};

// `type name[bound]...`
struct SourceVariable {
  SourceType type;
  std::string_view name;          // empty if it has none
  std::vector<TokenSpan> bounds;  // of an array; they may be empty
  bool is_function = false;       // a pointer to one, or one itself
  bool is_pack = false;
  bool is_bit_field = false;
};

// What a template parameter stands for.
struct TemplateArgument {
  std::optional<SourceType> type;
  std::optional<std::int64_t> value;
  std::string spelling;
};
using TemplateArguments = std::map<std::string, TemplateArgument, std::less<>>;

class SourceTypes {
 public:
  // `packs_structs`: no layout is to be trusted.
  SourceTypes(const SourceDeclarations& declarations, bool packs_structs)
      : declarations_(declarations), packs_structs_(packs_structs) {}

  // Where names are looked up.
  struct Context {
    std::string_view scope;
    const TemplateArguments* arguments;
  };

  SourceType read_type(TokenSpan tokens, const Context& context);
  // Without its initialiser.
  SourceVariable read_variable(TokenSpan tokens, const Context& context);
  // Several variables that share their first words: "float x, *y".
  std::vector<SourceVariable> read_variables(TokenSpan tokens, const Context& context);
  TemplateArgument read_template_argument(TokenSpan tokens, const Context& context);
  std::optional<std::int64_t> constant(TokenSpan expression, const Context& context);
  // Binds what is given, and the defaults of the rest; nullopt if the two do not match.
  std::optional<TemplateArguments> bind(const std::vector<TemplateParameter>& parameters,
                                        const std::vector<TokenSpan>& given, const Context& context,
                                        std::string_view scope);

 private:
  friend class TypeReader;
  friend class StructLayout;

  // False once the types refer to each other too deeply or too often: sources come from anywhere.
  bool spend();
  SourceType named(TokenSpan name, const Context& context);
  SourceType declared(const Declaration& declaration, const std::vector<TokenSpan>& arguments,
                      bool has_arguments, const Context& context);
  SourceType structure(const Declaration& declaration, const TemplateArguments& arguments);

  const SourceDeclarations& declarations_;
  const bool packs_structs_;
  std::map<std::string, SourceType> structures_;  // by canonical name: each is laid out once
  int depth_ = 0;
  int steps_ = 0;
};

}  // namespace sennit
