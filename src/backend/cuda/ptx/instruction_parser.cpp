#include "backend/cuda/ptx/instruction_parser.h"

namespace sennit::cuda::ptx {
namespace {

// "[tensor, {%r1, %r2}]" is the deepest there is: 2.
constexpr int kMaxDepth = 4;

bool ends_operand(const TokenReader& reader) {
  return reader.at(',') || reader.at(';') || reader.at(']') || reader.at('}') || reader.at(')') ||
         reader.at('|') || reader.at_end();
}

Operand parse_operand(TokenReader& reader, int depth);

std::vector<Operand> parse_list(TokenReader& reader, char close, int depth) {
  std::vector<Operand> parts;
  if (reader.take_if(close)) return parts;
  do {
    parts.push_back(parse_operand(reader, depth));
  } while (reader.take_if(','));
  reader.expect(close);
  return parts;
}

// An arithmetic expression of constants, as text.
Operand parse_expression(TokenReader& reader, std::string text) {
  Operand operand;
  operand.kind = Operand::Kind::Expression;
  operand.text = std::move(text);
  int depth = 0;
  while (depth > 0 || !ends_operand(reader)) {
    if (reader.at_end() || reader.at(';') || reader.at('{') || reader.at('}')) {
      reader.refuse("expected the end of the expression");
    }
    depth += reader.at('(') ? 1 : reader.at(')') ? -1 : 0;
    append_token(operand.text, reader.take().text);
  }
  if (operand.text.empty()) reader.refuse("expected an operand");
  return operand;
}

// "+8", "-8" and "+-8" behind a name.
bool parse_offset(TokenReader& reader, std::int64_t& offset) {
  const bool negative = reader.at('-');
  if (!negative && !reader.at('+')) return true;
  Token sign = reader.token();
  if (reader.following().kind != TokenKind::Number && !reader.following().is('-')) return false;
  reader.take();
  const bool minus = sign.is('+') && reader.take_if('-');
  std::int64_t value = 0;
  if (!reader.at(TokenKind::Number) || !integer_value(reader.token().text, value)) {
    reader.refuse("expected an offset in bytes");
  }
  reader.take();
  const auto magnitude = static_cast<std::uint64_t>(value);
  offset = static_cast<std::int64_t>(negative || minus ? 0 - magnitude : magnitude);
  return true;
}

Operand parse_name(TokenReader& reader, char prefix) {
  Operand operand;
  operand.prefix = prefix;
  operand.text = reader.take().text;
  if (parse_offset(reader, operand.offset) && ends_operand(reader)) return operand;
  std::string text = prefix == '\0' ? operand.text : prefix + operand.text;
  if (operand.offset != 0) text += '+' + std::to_string(operand.offset);
  return parse_expression(reader, std::move(text));
}

Operand parse_number(TokenReader& reader, bool negative) {
  Operand operand;
  operand.kind = Operand::Kind::Number;
  operand.text = negative ? "-" : "";
  operand.text += reader.take().text;
  if (ends_operand(reader)) return operand;
  return parse_expression(reader, std::move(operand.text));
}

Operand parse_simple(TokenReader& reader, int depth) {
  if (depth > kMaxDepth) reader.refuse("operands are nested too deeply");
  Operand operand;
  if (reader.take_if('{')) {
    operand.kind = Operand::Kind::Vector;
    operand.parts = parse_list(reader, '}', depth + 1);
  } else if (reader.take_if('[')) {
    operand.kind = Operand::Kind::Address;
    operand.parts = parse_list(reader, ']', depth + 1);
  } else if (reader.at(TokenKind::Word)) {
    operand = parse_name(reader, '\0');
  } else if (reader.at(TokenKind::Number)) {
    operand = parse_number(reader, false);
  } else if ((reader.at('!') || reader.at('-')) && reader.following().kind == TokenKind::Word) {
    const char prefix = reader.take().text.front();
    operand = parse_name(reader, prefix);
  } else if (reader.at('-') && reader.following().kind == TokenKind::Number) {
    reader.take();
    operand = parse_number(reader, true);
  } else if (reader.at('(') || reader.at('~') || reader.at('-') || reader.at('+') ||
             reader.at('!')) {
    operand = parse_expression(reader, "");
  } else {
    reader.refuse("expected an operand");
  }
  return operand;
}

Operand parse_operand(TokenReader& reader, int depth) {
  Operand first = parse_simple(reader, depth);
  if (!reader.at('|')) return first;
  Operand choice;
  choice.kind = Operand::Kind::Choice;
  choice.parts.push_back(std::move(first));
  while (reader.take_if('|')) choice.parts.push_back(parse_simple(reader, depth));
  return choice;
}

// In a call, parentheses hold results and arguments.
Operand parse_outer_operand(TokenReader& reader, bool is_call) {
  if (!is_call || !reader.take_if('(')) return parse_operand(reader, 0);
  Operand group;
  group.kind = Operand::Kind::Group;
  group.parts = parse_list(reader, ')', 1);
  return group;
}

}  // namespace

Instruction parse_instruction(TokenReader& reader) {
  Instruction instruction;
  if (reader.take_if('@')) {
    instruction.guard_negated = reader.take_if('!');
    instruction.guard = reader.expect(TokenKind::Word, "a predicate");
  }
  instruction.opcode = reader.expect(TokenKind::Word, "an opcode");
  while (reader.at(TokenKind::Directive)) instruction.opcode += reader.take().text;
  if (reader.take_if(';')) return instruction;
  const bool is_call = instruction.opcode == "call" || instruction.opcode.starts_with("call.");
  do {
    instruction.operands.push_back(parse_outer_operand(reader, is_call));
  } while (reader.take_if(','));
  reader.expect(';');
  return instruction;
}

}  // namespace sennit::cuda::ptx
