// kernel/source_declarations.h: what a source declares: kernels, and the names their types need.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/source_tokens.h"

namespace sennit {

struct TemplateParameter {
  enum class Kind : std::uint8_t { Type, Value, Template };
  Kind kind = Kind::Type;
  bool pack = false;
  std::string_view name;    // empty if it has none
  TokenSpan default_value;  // empty if it has none
};

// A name that stands for a type or a constant.
struct Declaration {
  enum class Kind : std::uint8_t {
    Alias,      // tokens: a type, or the declaration of a typedef with its name
    Struct,     // tokens: the body
    Enum,       // tokens: the underlying type; empty: int
    Constant,   // tokens: the expression
    Namespace,  // tokens: the name it is another name of
  };
  Kind kind = Kind::Alias;
  std::string scope;  // where it stands: "", "ns::", "ns::Outer::"
  std::string name;   // qualified
  std::vector<TemplateParameter> template_parameters;
  Tokens tokens;
  std::int64_t offset = 0;  // of Constant: added, for enumerators that count on
  TokenSpan alignment;      // of Struct: the argument of alignas or __align__
  bool is_union = false;
  // Of Struct: why its layout cannot be told from the body; empty if it can.
  std::string_view obstacle;
};

struct SourceKernel {
  std::string scope;
  std::string name;  // qualified: "ns::scale"
  std::vector<TemplateParameter> template_parameters;
  TokenSpan parameters;     // between the parentheses
  bool is_defined = false;  // not only declared
  bool extern_c = false;
  int line = 0;
};

class SourceDeclarations {
 public:
  // `tokens` stay valid while this lives; they are what the preprocessor left.
  SourceDeclarations(TokenSpan tokens, TextArena& arena);

  // In the order of the source.
  const std::vector<SourceKernel>& kernels() const { return kernels_; }
  // What `path` ("N", "ns::Box", "::Box") means at `scope`; nullptr if the source does not say.
  const Declaration* find(std::string_view path, std::string_view scope) const;
  // The namespaces whose names are visible everywhere, by `using namespace`: "ns::".
  const std::vector<std::string>& used_namespaces() const { return used_namespaces_; }

 private:
  friend class DeclarationReader;
  std::map<std::string, Declaration, std::less<>> declarations_;
  std::vector<SourceKernel> kernels_;
  std::vector<std::string> used_namespaces_;
};

// The parameters between < and > of a template.
std::vector<TemplateParameter> read_template_parameters(TokenSpan tokens);

// Behind the attributes at `position`: [[...]], __attribute__((...)), alignas(...) and the like.
// `alignment`, if given, gets the argument of the last alignas or __align__.
std::size_t skip_attributes(TokenSpan tokens, std::size_t position, TokenSpan* alignment = nullptr);

}  // namespace sennit
