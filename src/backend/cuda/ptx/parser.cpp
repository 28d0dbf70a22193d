#include "backend/cuda/ptx/parser.h"

#include "backend/cuda/ptx/declaration_parser.h"
#include "backend/cuda/ptx/instruction_parser.h"
#include "backend/cuda/ptx/token_reader.h"

namespace sennit::cuda::ptx {
namespace {

// Deeper is no compiler's; scopes cost the analysis a lookup for each level.
constexpr int kMaxScopes = 256;

bool is_linkage(const Token& token) {
  return token.is(".extern") || token.is(".visible") || token.is(".weak") || token.is(".common");
}

class Parser {
 public:
  explicit Parser(std::string_view text) : reader_(text) {}

  Module parse() {
    Module module;
    while (!reader_.at_end()) {
      if (reader_.take_if(';')) continue;
      parse_item(module);
    }
    return module;
  }

 private:
  void parse_item(Module& module) {
    if (reader_.at(".section")) {
      module.items.emplace_back(parse_section());
      return;
    }
    std::vector<std::string> specifiers;
    while (is_linkage(reader_.token())) specifiers.emplace_back(reader_.take().text);
    if (reader_.at(".entry") || reader_.at(".func")) {
      module.items.emplace_back(parse_function(std::move(specifiers)));
    } else if (!specifiers.empty() || at_declaration(reader_)) {
      Declaration declaration = parse_declaration(reader_, std::move(specifiers));
      reader_.expect(';');
      module.items.emplace_back(std::move(declaration));
    } else if (reader_.at(TokenKind::Directive)) {
      module.items.emplace_back(parse_directive(reader_));
    } else {
      reader_.refuse("expected a directive, a variable or a function");
    }
  }

  // Lines of data; a label or a directive begins one.
  Section parse_section() {
    Section section;
    reader_.take();
    if (!reader_.at(TokenKind::Directive) && !reader_.at(TokenKind::Word)) {
      reader_.refuse("expected the section's name");
    }
    section.name = reader_.take().text;
    reader_.expect('{');
    while (!reader_.at('}')) {
      if (reader_.at_end()) reader_.refuse("expected '}' at the end of the section");
      if (reader_.token().starts_line || section.lines.empty()) section.lines.emplace_back();
      section.lines.back().emplace_back(reader_.take().text);
    }
    reader_.take();
    return section;
  }

  Function parse_function(std::vector<std::string> specifiers) {
    Function function;
    function.specifiers = std::move(specifiers);
    function.is_kernel = reader_.take().is(".entry");
    if (!function.is_kernel && reader_.at('(')) function.results = parse_parameters();
    function.name = reader_.expect(TokenKind::Word, "the function's name");
    if (reader_.at('(')) function.parameters = parse_parameters();
    while (reader_.at(TokenKind::Directive)) {
      function.directives.push_back(parse_directive(reader_));
    }
    if (reader_.take_if(';')) return function;
    reader_.expect('{');
    function.has_body = true;
    parse_body(function.body);
    return function;
  }

  std::vector<Declaration> parse_parameters() {
    std::vector<Declaration> parameters;
    reader_.expect('(');
    if (reader_.take_if(')')) return parameters;
    do {
      if (!at_declaration(reader_)) reader_.refuse("expected a parameter");
      parameters.push_back(parse_parameter(reader_));
    } while (reader_.take_if(','));
    reader_.expect(')');
    return parameters;
  }

  // To the brace that closes the function. Scopes are statements, so that nothing here calls
  // itself.
  void parse_body(std::vector<Statement>& body) {
    int depth = 0;
    while (true) {
      if (reader_.take_if('{')) {
        if (++depth > kMaxScopes) reader_.refuse("scopes are nested too deeply");
        body.emplace_back(ScopeBegin{});
      } else if (reader_.take_if('}')) {
        if (depth-- == 0) return;
        body.emplace_back(ScopeEnd{});
      } else if (!reader_.take_if(';')) {
        parse_statement(body);
      }
    }
  }

  void parse_statement(std::vector<Statement>& body) {
    if (reader_.at(".loc")) {
      body.emplace_back(parse_location(reader_));
    } else if (at_declaration(reader_) || is_linkage(reader_.token())) {
      std::vector<std::string> specifiers;
      while (is_linkage(reader_.token())) specifiers.emplace_back(reader_.take().text);
      body.emplace_back(parse_declaration(reader_, std::move(specifiers)));
      reader_.expect(';');
    } else if (reader_.at(TokenKind::Directive)) {
      body.emplace_back(parse_directive(reader_));
    } else if (reader_.at(TokenKind::Word) && reader_.following().is(':')) {
      body.emplace_back(Label{std::string(reader_.take().text)});
      reader_.take();
    } else if (reader_.at(TokenKind::Word) || reader_.at('@')) {
      body.emplace_back(parse_instruction(reader_));
    } else {
      reader_.refuse("expected an instruction, a label, a declaration or '}'");
    }
  }

  TokenReader reader_;
};

}  // namespace

Module parse(std::string_view text) { return Parser(text).parse(); }

}  // namespace sennit::cuda::ptx
