// kernel/declaration_reader_types.cpp: the part of the walk that meets types: aliases, enums,
// structs.

#include "kernel/declaration_reader.h"

namespace sennit {

void DeclarationReader::using_declaration(std::vector<TemplateParameter> parameters) {
  ++position_;
  if (at("namespace")) {
    ++position_;
    std::string name;
    for (const Token& token : rest_of_statement()) name += token.text;
    if (!name.empty()) result_.used_namespaces_.push_back(name + "::");
    return;
  }
  const TokenSpan text = rest_of_statement();
  if (text.empty()) return;
  std::size_t assign = 1;
  while (assign < text.size() && !text[assign].is("=")) ++assign;
  Declaration alias = named(Declaration::Kind::Alias, text[0].text);
  if (assign < text.size()) {
    alias.template_parameters = std::move(parameters);
    alias.tokens.assign(text.begin() + static_cast<std::ptrdiff_t>(assign) + 1, text.end());
  } else {  // using ns::T;
    alias = named(Declaration::Kind::Alias, text.back().text);
    alias.tokens.assign(text.begin(), text.end());
    // `using ::T` at the outermost scope says nothing, and would mean itself.
    if (text.size() < 3 && prefix().empty()) return;
  }
  declare(std::move(alias));
}

void DeclarationReader::typedef_declaration() {
  ++position_;
  position_ = skip_attributes(tokens_, position_);
  Tokens specifiers;
  std::string_view tag;
  if (at("enum") && enumeration(&tag)) {
    specifiers = type_called(tag);
  } else if (record({}, &tag)) {
    specifiers = type_called(tag);
  }
  bool first = true;
  for (const TokenSpan item : split_at_commas(rest_of_statement())) {
    if (item.empty()) continue;
    Tokens whole = specifiers;
    whole.insert(whole.end(), item.begin(), item.end());
    // Later declarators share the words of the first, up to its name or first `*`.
    if (first && specifiers.empty()) {
      std::size_t words = 0;
      while (words + 1 < item.size() && !item[words].is("*") && !item[words].is("&") &&
             !item[words].is("(") && !item[words + 1].is("[")) {
        ++words;
      }
      specifiers.assign(item.begin(), item.begin() + static_cast<std::ptrdiff_t>(words));
    }
    first = false;
    const std::string_view name = declared_name(item);
    // `typedef struct Node Node` says nothing, and would mean itself.
    const bool itself = item.size() > 1 && item[item.size() - 2].is(name);
    if (name.empty() || name == tag || itself) continue;
    Declaration alias = named(Declaration::Kind::Alias, name);
    alias.tokens = std::move(whole);
    declare(std::move(alias));
  }
}

Tokens DeclarationReader::type_called(std::string_view name) const {
  Token token;
  token.kind = Token::Kind::Identifier;
  token.text = name;
  return {token};
}

std::string_view DeclarationReader::declared_name(TokenSpan item) {
  std::string_view name;
  for (std::size_t i = 0; i < item.size(); ++i) {
    if (item[i].is("[")) break;
    if (item[i].is("(") && !name.empty() && i > 0 && item[i - 1].is(")")) break;
    if (item[i].identifier()) name = item[i].text;
    if (item[i].is(")") && i + 1 < item.size() && item[i + 1].is("(")) break;
  }
  return name;
}

bool DeclarationReader::enumeration(std::string_view* tag) {
  std::size_t i = position_ + 1;
  const bool scoped = i < tokens_.size() && (tokens_[i].is("class") || tokens_[i].is("struct"));
  if (scoped) ++i;
  i = skip_attributes(tokens_, i);
  std::string_view name;
  if (i < tokens_.size() && tokens_[i].identifier()) name = tokens_[i++].text;
  TokenSpan underlying;
  if (i < tokens_.size() && tokens_[i].is(":")) {
    const std::size_t begin = ++i;
    while (i < tokens_.size() && !tokens_[i].is("{") && !tokens_[i].is(";")) ++i;
    underlying = tokens_.subspan(begin, i - begin);
  }
  if (i >= tokens_.size() || !tokens_[i].is("{")) return false;
  const std::size_t close = matching_bracket(tokens_, i);
  if (close == tokens_.size()) return false;
  if (name.empty() && tag != nullptr) name = name_behind(close);
  const TokenSpan body = tokens_.subspan(i + 1, close - i - 1);
  position_ = close + 1;
  if (!name.empty()) {
    Declaration type = named(Declaration::Kind::Enum, name);
    type.tokens.assign(underlying.begin(), underlying.end());
    declare(std::move(type));
  }
  enumerators(body, name, scoped);
  if (tag != nullptr) *tag = name;
  return true;
}

void DeclarationReader::enumerators(TokenSpan body, std::string_view enum_name, bool scoped) {
  Tokens expression;  // of the last enumerator that has one
  std::int64_t offset = 0;
  for (const TokenSpan item : split_at_commas(body)) {
    if (item.empty() || !item[0].identifier()) continue;
    if (item.size() > 2 && item[1].is("=")) {
      expression.assign(item.begin() + 2, item.end());
      offset = 0;
    }
    Declaration constant = named(Declaration::Kind::Constant, item[0].text);
    constant.tokens = expression;
    constant.offset = offset++;
    if (!scoped) declare(constant);
    if (!enum_name.empty()) {
      constant.name = prefix() + std::string(enum_name) + "::" + std::string(item[0].text);
      declare(constant);
    }
  }
}

std::string_view DeclarationReader::name_behind(std::size_t close) {
  if (close + 1 < tokens_.size() && tokens_[close + 1].identifier()) return tokens_[close + 1].text;
  return arena_.keep("unnamed " + std::to_string(close));
}

bool DeclarationReader::record(const std::vector<TemplateParameter>& parameters,
                               std::string_view* tag) {
  if (!at("struct") && !at("class") && !at("union")) return false;
  Declaration type;
  std::size_t i = skip_attributes(tokens_, position_ + 1, &type.alignment);
  std::string_view name;
  if (i < tokens_.size() && tokens_[i].identifier()) name = tokens_[i++].text;
  const bool specialisation = i < tokens_.size() && tokens_[i].is("<");
  if (specialisation) {
    i = matching_angle(tokens_, i);
    if (i == tokens_.size()) return false;
    ++i;
  }
  i = skip_attributes(tokens_, i, &type.alignment);
  if (i < tokens_.size() && tokens_[i].is("final")) ++i;
  const bool bases = i < tokens_.size() && tokens_[i].is(":");
  while (bases && i < tokens_.size() && !tokens_[i].is("{") && !tokens_[i].is(";")) ++i;
  if (i >= tokens_.size() || !tokens_[i].is("{")) return false;
  const std::size_t close = matching_bracket(tokens_, i);
  if (close == tokens_.size()) return false;
  if (name.empty()) name = name_behind(close);

  type.kind = Declaration::Kind::Struct;
  type.scope = prefix();
  type.name = prefix() + std::string(name);
  type.is_union = tokens_[position_].is("union");
  type.template_parameters = parameters;
  if (bases) type.obstacle = "has base classes";
  const TokenSpan body = tokens_.subspan(i + 1, close - i - 1);
  type.tokens.assign(body.begin(), body.end());
  const std::string inner = type.name + "::";
  if (specialisation) {
    specialised_.insert(type.name);
  } else {
    declare(std::move(type));
  }
  if (tag != nullptr) {
    *tag = name;
    position_ = close + 1;
  } else if (specialisation) {
    position_ = close + 1;
    skip_statement();
  } else {
    position_ = i;
    enter(inner, false, /*record=*/true);
  }
  return true;
}

}  // namespace sennit
