// kernel/declaration_reader.cpp: namespaces, variables and kernels.

#include "kernel/declaration_reader.h"

#include <algorithm>

namespace sennit {

void DeclarationReader::run() {
  scopes_.push_back({"", false, tokens_.size()});
  while (position_ < tokens_.size()) {
    if (position_ >= scopes_.back().end) {
      leave();
    } else {
      declaration();
    }
  }
  for (const std::string& name : specialised_) {
    const auto found = result_.declarations_.find(name);
    if (found != result_.declarations_.end()) found->second.obstacle = "has specialisations";
  }
}

void DeclarationReader::enter(std::string prefix, bool extern_c, bool record) {
  const std::size_t end = matching_bracket(tokens_, position_);
  scopes_.push_back({std::move(prefix), extern_c, end, record});
  ++position_;
}

void DeclarationReader::leave() {
  const bool record = scopes_.back().record;
  scopes_.pop_back();
  ++position_;
  if (record) skip_statement();  // variables of that type
}

void DeclarationReader::skip_statement() {
  while (position_ < tokens_.size() && position_ < scopes_.back().end) {
    if (at(";")) {
      ++position_;
      return;
    }
    skip_one();
  }
}

void DeclarationReader::skip_one() {
  const bool opens = at("(") || at("[") || at("{");
  const std::size_t close = opens ? matching_bracket(tokens_, position_) : tokens_.size();
  position_ = close < tokens_.size() ? close + 1 : position_ + 1;
}

TokenSpan DeclarationReader::rest_of_statement() {
  const std::size_t begin = position_;
  skip_statement();
  const std::size_t end =
      position_ > begin && tokens_[position_ - 1].is(";") ? position_ - 1 : position_;
  return tokens_.subspan(begin, end - begin);
}

void DeclarationReader::declare(Declaration declaration) {
  result_.declarations_.emplace(declaration.name, declaration);
}

Declaration DeclarationReader::named(Declaration::Kind kind, std::string_view name) const {
  Declaration declaration;
  declaration.kind = kind;
  declaration.scope = prefix();
  declaration.name = prefix() + std::string(name);
  return declaration;
}

void DeclarationReader::declaration() {
  std::vector<TemplateParameter> parameters;
  bool is_template = false;
  while (at("template")) {
    if (!at("<", 1)) return skip_statement();  // an explicit instantiation
    const std::size_t close = matching_angle(tokens_, position_ + 1);
    if (close == tokens_.size()) return skip_statement();
    parameters = read_template_parameters(tokens_.subspan(position_ + 2, close - position_ - 2));
    is_template = true;
    position_ = close + 1;
  }
  position_ = skip_attributes(tokens_, position_);
  if (at(";") || at("}")) {
    ++position_;
  } else if (at("inline") && at("namespace", 1)) {
    ++position_;
    name_space();
  } else if (at("namespace")) {
    name_space();
  } else if (at("extern") && position_ + 2 < tokens_.size() &&
             tokens_[position_ + 1].kind == Token::Kind::String && tokens_[position_ + 2].is("{")) {
    const bool c = tokens_[position_ + 1].text == "\"C\"";
    position_ += 2;
    enter(prefix(), c);
  } else if (at("using")) {
    using_declaration(std::move(parameters));
  } else if (at("typedef")) {
    typedef_declaration();
  } else if (at("enum") && enumeration(nullptr)) {
    skip_statement();
  } else if (record(parameters, nullptr)) {
    return;
  } else {
    general(std::move(parameters), is_template);
  }
}

void DeclarationReader::name_space() {
  ++position_;
  position_ = skip_attributes(tokens_, position_);
  std::string inner = prefix();
  std::string_view last;
  while (position_ < tokens_.size() && (tokens_[position_].identifier() || at("::"))) {
    if (!at("::") && !at("inline")) {
      last = tokens_[position_].text;
      inner += std::string(last) + "::";
    }
    ++position_;
  }
  position_ = skip_attributes(tokens_, position_);
  if (at("{")) {
    enter(inner, scopes_.back().extern_c);
  } else if (at("=")) {
    ++position_;
    Declaration alias = named(Declaration::Kind::Namespace, last);
    const TokenSpan target = rest_of_statement();
    alias.tokens.assign(target.begin(), target.end());
    declare(std::move(alias));
  } else {
    skip_statement();
  }
}

void DeclarationReader::general(std::vector<TemplateParameter> parameters, bool is_template) {
  const std::size_t begin = position_;
  std::size_t end = tokens_.size();  // of what stands before `=`, `:` or the body
  bool call = false;                 // a parameter list was seen
  bool body = false;
  const auto header_ends = [&] { end = std::min(end, position_); };
  while (position_ < scopes_.back().end && position_ < tokens_.size()) {
    const std::size_t behind = skip_attributes(tokens_, position_);
    if (behind != position_) {
      position_ = behind;
    } else if (at(";")) {
      header_ends();
      ++position_;
      break;
    } else if (at("{") && call) {
      header_ends();
      body = true;
      skip_one();
      break;
    } else if (at(":") && scopes_.back().record && position_ == begin + 1) {
      ++position_;  // an access specifier
      return;
    } else if (at("=") || at(":")) {
      header_ends();
      if (!call || at("=")) {
        skip_statement();
        break;
      }
      constructor_initialisers();
    } else {
      if (at("(")) call = true;
      skip_one();
    }
  }
  header_ends();
  const TokenSpan header = tokens_.subspan(begin, std::min(end, position_) - begin);
  const auto global = [](const Token& token) { return token.is("__global__"); };
  if (std::any_of(header.begin(), header.end(), global)) {
    kernel(header, std::move(parameters), is_template, body);
  } else if (end < tokens_.size() && tokens_[end].is("=")) {
    constant(header, tokens_.subspan(end + 1, position_ - end - 1));
  }
}

void DeclarationReader::constructor_initialisers() {
  ++position_;
  while (position_ < scopes_.back().end && position_ < tokens_.size() && !at(";")) {
    if (at("{") && !tokens_[position_ - 1].identifier() && !tokens_[position_ - 1].is(">")) return;
    skip_one();
  }
}

void DeclarationReader::constant(TokenSpan header, TokenSpan expression) {
  const auto immutable = [](const Token& token) {
    return token.is("constexpr") || token.is("const");
  };
  if (header.empty() || !header.back().identifier() ||
      std::none_of(header.begin(), header.end(), immutable)) {
    return;
  }
  if (!expression.empty() && expression.back().is(";")) {
    expression = expression.first(expression.size() - 1);
  }
  Declaration declaration = named(Declaration::Kind::Constant, header.back().text);
  declaration.tokens.assign(expression.begin(), expression.end());
  declare(std::move(declaration));
}

void DeclarationReader::kernel(TokenSpan header, std::vector<TemplateParameter> parameters,
                               bool is_template, bool is_defined) {
  SourceKernel kernel;
  bool found = false;
  for (std::size_t i = 0; i < header.size();) {
    const std::size_t behind = skip_attributes(header, i);
    if (behind != i) {
      i = behind;
      continue;
    }
    if (!header[i].is("(")) {
      ++i;
      continue;
    }
    const std::size_t close = matching_bracket(header, i);
    if (close == header.size()) break;
    const std::string name = name_before(header.first(i));
    if (!name.empty()) {
      found = true;
      kernel.name = prefix() + name;
      kernel.scope = prefix();
      if (const auto last = name.rfind("::"); last != std::string::npos) {
        kernel.scope += name.substr(0, last + 2);
      }
      kernel.parameters = header.subspan(i + 1, close - i - 1);
      kernel.line = header[i].line;
    }
    i = close + 1;
  }
  if (!found || (is_template && parameters.empty())) return;  // template <>: a specialisation
  kernel.template_parameters = std::move(parameters);
  kernel.is_defined = is_defined;
  kernel.extern_c =
      scopes_.back().extern_c || std::any_of(header.begin(), header.end(), [](const Token& token) {
        return token.kind == Token::Kind::String && token.text == "\"C\"";
      });
  result_.kernels_.push_back(std::move(kernel));
}

std::string DeclarationReader::name_before(TokenSpan tokens) {
  std::string name;
  std::size_t i = tokens.size();
  while (i > 0 && tokens[i - 1].identifier()) {
    name.insert(0, tokens[--i].text);
    if (i == 0 || !tokens[i - 1].is("::")) break;
    name.insert(0, tokens[--i].text);
  }
  if (name.starts_with("::")) name.erase(0, 2);
  for (const std::string_view word : {"noexcept", "requires", "decltype", "sizeof", "__global__"}) {
    if (name == word) return "";
  }
  return name;
}

}  // namespace sennit
