// kernel/source_declarations.cpp: attributes, template parameters, and the lookup of names.

#include "kernel/source_declarations.h"

#include <algorithm>

#include "kernel/declaration_reader.h"

namespace sennit {
namespace {

bool is_alignment(const Token& token) {
  return token.is("alignas") || token.is("_Alignas") || token.is("__align__");
}

// Words with an argument list that say nothing of a declaration's type.
bool is_attribute(const Token& token) {
  static constexpr std::string_view kWords[] = {
      "__attribute__",  "__declspec",   "__launch_bounds__", "__cluster_dims__", "__maxnreg__",
      "__block_size__", "__annotate__", "_Pragma",           "__pragma",         "explicit",
  };
  return std::find(std::begin(kWords), std::end(kWords), token.text) != std::end(kWords);
}

}  // namespace

std::size_t skip_attributes(TokenSpan tokens, std::size_t position, TokenSpan* alignment) {
  while (position < tokens.size()) {
    const bool more = position + 1 < tokens.size();
    if (tokens[position].is("[") && more && tokens[position + 1].is("[")) {
      const std::size_t close = matching_bracket(tokens, position);
      if (close == tokens.size()) break;
      position = close + 1;
    } else if (is_alignment(tokens[position]) || is_attribute(tokens[position])) {
      if (!more || !tokens[position + 1].is("(")) {
        ++position;
        continue;
      }
      const std::size_t close = matching_bracket(tokens, position + 1);
      if (close == tokens.size()) break;
      if (alignment != nullptr && is_alignment(tokens[position])) {
        *alignment = tokens.subspan(position + 2, close - position - 2);
      }
      position = close + 1;
    } else {
      break;
    }
  }
  return position;
}

std::vector<TemplateParameter> read_template_parameters(TokenSpan tokens) {
  std::vector<TemplateParameter> parameters;
  for (const TokenSpan item : split_at_commas(tokens)) {
    TemplateParameter parameter;
    std::size_t end = 0;
    while (end < item.size() && !item[end].is("=")) ++end;
    if (end < item.size()) parameter.default_value = item.subspan(end + 1);
    const TokenSpan head = item.first(end);
    if (!head.empty() && head.back().identifier()) parameter.name = head.back().text;
    if (head.empty()) {
      parameter.kind = TemplateParameter::Kind::Value;
    } else if (head[0].is("template")) {
      parameter.kind = TemplateParameter::Kind::Template;
    } else if (head[0].is("typename") || head[0].is("class")) {
      // `typename T::type N` is a value of a dependent type.
      const bool qualified = head.size() > 2 && head[2].is("::");
      parameter.kind = qualified ? TemplateParameter::Kind::Value : TemplateParameter::Kind::Type;
      if (head.size() == 1) parameter.name = {};
    } else {
      parameter.kind = TemplateParameter::Kind::Value;
      if (head.size() == 1) parameter.name = {};
    }
    parameter.pack =
        std::any_of(head.begin(), head.end(), [](const Token& token) { return token.is("..."); });
    parameters.push_back(parameter);
  }
  return parameters;
}

SourceDeclarations::SourceDeclarations(TokenSpan tokens, TextArena& arena) {
  DeclarationReader(tokens, arena, *this).run();
}

const Declaration* SourceDeclarations::find(std::string_view path, std::string_view scope) const {
  const auto at = [&](std::string name) -> const Declaration* {
    for (int hops = 0; hops < 8; ++hops) {  // through namespace aliases
      const auto found = declarations_.find(name);
      if (found != declarations_.end()) return &found->second;
      const std::size_t separator = name.rfind("::");
      if (separator == std::string::npos) return nullptr;
      // Only the outermost alias of a path counts: an alias of a nested name is rare.
      const std::size_t first = name.find("::");
      const auto alias = declarations_.find(name.substr(0, first));
      if (alias == declarations_.end() || alias->second.kind != Declaration::Kind::Namespace) {
        return nullptr;
      }
      name = alias->second.scope + spell(alias->second.tokens) + name.substr(first);
    }
    return nullptr;
  };
  if (path.starts_with("::")) return at(std::string(path.substr(2)));
  std::string prefix(scope);
  for (;;) {
    if (const Declaration* found = at(prefix + std::string(path))) return found;
    if (prefix.empty()) break;
    const std::size_t separator = prefix.rfind("::", prefix.size() - 3);
    prefix.resize(separator == std::string::npos || prefix.size() < 3 ? 0 : separator + 2);
  }
  for (const std::string& used : used_namespaces_) {
    if (const Declaration* found = at(used + std::string(path))) return found;
  }
  return nullptr;
}

}  // namespace sennit
