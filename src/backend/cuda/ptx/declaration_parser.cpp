#include "backend/cuda/ptx/declaration_parser.h"

namespace sennit::cuda::ptx {
namespace {

std::uint32_t small_number(TokenReader& reader, std::string_view what) {
  std::int64_t value = 0;
  if (!reader.at(TokenKind::Number) || !integer_value(reader.token().text, value) || value < 0 ||
      value > 0x7fffffff) {
    reader.refuse(format("expected {}", what));
  }
  reader.take();
  return static_cast<std::uint32_t>(value);
}

// ".align 8", ".attribute(.managed, .unified(1, 2))", ".u64"
std::string parse_specifier(TokenReader& reader) {
  std::string specifier(reader.take().text);
  if (specifier == ".align") {
    append_token(specifier, reader.expect(TokenKind::Number, "the alignment"));
  } else if (reader.at('(')) {
    int depth = 0;
    do {
      if (reader.at_end()) reader.refuse("expected ')'");
      depth += reader.at('(') ? 1 : reader.at(')') ? -1 : 0;
      append_token(specifier, reader.take().text);
    } while (depth > 0);
  }
  return specifier;
}

// To the ',' or ';' behind it.
Tokens parse_initializer(TokenReader& reader) {
  Tokens tokens;
  int depth = 0;
  while (depth > 0 || !(reader.at(',') || reader.at(';'))) {
    if (reader.at_end() || reader.at(';')) reader.refuse("expected the end of the initializer");
    if (reader.at('{') || reader.at('(')) ++depth;
    if ((reader.at('}') || reader.at(')')) && --depth < 0) reader.refuse("expected ';'");
    tokens.emplace_back(reader.take().text);
  }
  if (tokens.empty()) reader.refuse("expected an initializer");
  return tokens;
}

Declarator parse_declarator(TokenReader& reader) {
  Declarator declarator;
  declarator.name = reader.expect(TokenKind::Word, "a name");
  if (reader.take_if('<')) {
    declarator.count = small_number(reader, "the number of registers");
    reader.expect('>');
  }
  while (reader.take_if('[')) {
    declarator.dimensions.emplace_back();
    if (reader.at(TokenKind::Number)) declarator.dimensions.back() = reader.take().text;
    reader.expect(']');
  }
  return declarator;
}

void parse_specifiers(TokenReader& reader, std::vector<std::string>& specifiers) {
  while (reader.at(TokenKind::Directive)) specifiers.push_back(parse_specifier(reader));
}

}  // namespace

bool at_declaration(const TokenReader& reader) { return is_state_space(reader.token().text); }

Declaration parse_declaration(TokenReader& reader, std::vector<std::string> specifiers) {
  Declaration declaration;
  declaration.specifiers = std::move(specifiers);
  parse_specifiers(reader, declaration.specifiers);
  do {
    declaration.declarators.push_back(parse_declarator(reader));
    if (reader.take_if('=')) {
      declaration.declarators.back().initializer = parse_initializer(reader);
    }
  } while (reader.take_if(','));
  return declaration;
}

Declaration parse_parameter(TokenReader& reader) {
  Declaration declaration;
  parse_specifiers(reader, declaration.specifiers);
  declaration.declarators.push_back(parse_declarator(reader));
  return declaration;
}

Location parse_location(TokenReader& reader) {
  Location location;
  reader.take();
  location.file = small_number(reader, "the number of a file");
  location.line = small_number(reader, "the number of a line");
  location.column = small_number(reader, "the number of a column");
  // "function_name label{+offset}, inlined_at file line column", in either order.
  while (reader.at(',') &&
         (reader.following().is("function_name") || reader.following().is("inlined_at"))) {
    if (!location.inlined.empty()) location.inlined.emplace_back(",");
    reader.take();
    const bool is_name = reader.take().is("function_name");
    location.inlined.emplace_back(is_name ? "function_name" : "inlined_at");
    if (is_name) {
      location.inlined.push_back(reader.expect(TokenKind::Word, "the label of the name"));
      if (reader.take_if('+')) {
        location.inlined.emplace_back("+");
        location.inlined.push_back(reader.expect(TokenKind::Number, "an offset"));
      }
      continue;
    }
    for (int i = 0; i < 3; ++i) {
      location.inlined.push_back(reader.expect(TokenKind::Number, "file, line and column"));
    }
  }
  return location;
}

Directive parse_directive(TokenReader& reader) {
  Directive directive;
  directive.tokens.emplace_back(reader.take().text);
  if (directive.ends_with_semicolon()) {
    while (!reader.at(';')) {
      if (reader.at_end() || reader.at('{') || reader.at('}')) {
        reader.refuse(format("expected ';' behind {}", directive.tokens.front()));
      }
      directive.tokens.emplace_back(reader.take().text);
    }
    reader.take();
    return directive;
  }
  // Numbers, names and strings: ".target sm_90a, debug", ".maxntid 256, 1, 1", ".file 1 "k.cu"".
  bool after_comma = false;
  const auto at_value = [&] {
    return reader.at(TokenKind::Number) || reader.at(TokenKind::String) ||
           (reader.at(TokenKind::Word) && (after_comma || !reader.token().starts_line));
  };
  while (at_value() || (reader.at(',') && !after_comma)) {
    after_comma = reader.at(',');
    directive.tokens.emplace_back(reader.take().text);
  }
  if (after_comma) reader.refuse("expected what follows the comma");
  return directive;
}

}  // namespace sennit::cuda::ptx
