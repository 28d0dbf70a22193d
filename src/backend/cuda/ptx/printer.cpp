#include "backend/cuda/ptx/printer.h"

#include "backend/cuda/ptx/lexer.h"

namespace sennit::cuda::ptx {
namespace {

void append_tokens(std::string& text, const Tokens& tokens) {
  std::string line;
  for (const std::string& token : tokens) append_token(line, token);
  text += line;
}

void append_operand(std::string& text, const Operand& operand);

void append_list(std::string& text, const std::vector<Operand>& parts, const char* separator) {
  bool first = true;
  for (const Operand& part : parts) {
    if (!first) text += separator;
    first = false;
    append_operand(text, part);
  }
}

void append_operand(std::string& text, const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::Name:
      if (operand.prefix != '\0') text += operand.prefix;
      text += operand.text;
      // The assembler takes "+-8", and no "-8".
      if (operand.offset != 0) text += '+' + std::to_string(operand.offset);
      return;
    case Operand::Kind::Number:
    case Operand::Kind::Expression:
      text += operand.text;
      return;
    case Operand::Kind::Vector:
      text += '{';
      append_list(text, operand.parts, ", ");
      text += '}';
      return;
    case Operand::Kind::Address:
      text += '[';
      append_list(text, operand.parts, ", ");
      text += ']';
      return;
    case Operand::Kind::Group:
      text += '(';
      append_list(text, operand.parts, ", ");
      text += ')';
      return;
    case Operand::Kind::Choice:
      append_list(text, operand.parts, "|");
      return;
  }
}

class Printer {
 public:
  std::string take() { return std::move(text_); }

  void operator()(const Directive& directive) {
    append_tokens(text_, directive.tokens);
    text_ += directive.ends_with_semicolon() ? ";\n" : "\n";
  }
  void operator()(const Declaration& declaration) {
    print_declaration(declaration);
    text_ += ";\n";
  }
  void operator()(const Section& section) {
    text_ += ".section " + section.name + " {\n";
    for (const Tokens& line : section.lines) {
      append_tokens(text_, line);
      text_ += '\n';
    }
    text_ += "}\n";
  }
  void operator()(const Function& function) {
    for (const std::string& specifier : function.specifiers) text_ += specifier + " ";
    text_ += function.is_kernel ? ".entry " : ".func ";
    if (!function.results.empty()) print_parameters(function.results);
    text_ += function.name;
    print_parameters(function.parameters);
    text_ += '\n';
    for (const Directive& directive : function.directives) (*this)(directive);
    if (!function.has_body) {
      text_ += ";\n";
      return;
    }
    text_ += "{\n";
    for (const Statement& statement : function.body) {
      if (!std::holds_alternative<Label>(statement)) text_ += '\t';
      std::visit(*this, statement);
    }
    text_ += "}\n";
  }

  void operator()(const Instruction& instruction) { text_ += print(instruction) + ";\n"; }
  void operator()(const Label& label) { text_ += label.name + ":\n"; }
  void operator()(const Location& location) {
    text_ += ".loc " + std::to_string(location.file) + ' ' + std::to_string(location.line) + ' ' +
             std::to_string(location.column);
    if (!location.inlined.empty()) {
      text_ += ", ";
      append_tokens(text_, location.inlined);
    }
    text_ += '\n';
  }
  void operator()(const ScopeBegin&) { text_ += "{\n"; }
  void operator()(const ScopeEnd&) { text_ += "}\n"; }

 private:
  void print_declaration(const Declaration& declaration) {
    for (const std::string& specifier : declaration.specifiers) text_ += specifier + ' ';
    bool first = true;
    for (const Declarator& declarator : declaration.declarators) {
      if (!first) text_ += ", ";
      first = false;
      text_ += declarator.name;
      if (declarator.count != 0) text_ += '<' + std::to_string(declarator.count) + '>';
      for (const std::string& dimension : declarator.dimensions) text_ += '[' + dimension + ']';
      if (declarator.initializer.empty()) continue;
      text_ += " = ";
      append_tokens(text_, declarator.initializer);
    }
  }
  void print_parameters(const std::vector<Declaration>& parameters) {
    text_ += '(';
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      text_ += i == 0 ? "" : ",\n\t";
      print_declaration(parameters[i]);
    }
    text_ += ") ";
  }

  std::string text_;
};

}  // namespace

std::string print(const Module& module) {
  Printer printer;
  for (const Item& item : module.items) std::visit(printer, item);
  return printer.take();
}

std::string print(const Instruction& instruction) {
  std::string text;
  if (!instruction.guard.empty()) {
    text += instruction.guard_negated ? "@!" : "@";
    text += instruction.guard + ' ';
  }
  text += instruction.opcode;
  if (!instruction.operands.empty()) text += ' ';
  append_list(text, instruction.operands, ", ");
  return text;
}

}  // namespace sennit::cuda::ptx
