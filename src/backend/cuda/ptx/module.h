// backend/cuda/ptx/module.h: a PTX module as data. The parser makes it, the printer writes it.
//
// Nothing of the text's form is kept, and nothing of its meaning lost: two modules are equal if
// their printed texts are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sennit::cuda::ptx {

// Tokens as the lexer has them, of what nothing here looks into.
using Tokens = std::vector<std::string>;

// What an instruction takes.
struct Operand {
  enum class Kind : std::uint8_t {
    Name,        // text: "%rd1", "k_param_0", "_"; with prefix and offset
    Number,      // text: "-12", "0f3F800000"
    Expression,  // text: "(4+4)*2"
    Vector,      // {parts}
    Address,     // [parts]: a name with its offset, for textures and tensors more
    Group,       // (parts): results and arguments of calls
    Choice,      // parts joined by '|': the two predicates of setp
  };
  Kind kind = Kind::Name;
  char prefix = '\0';  // '!' or '-' before a name
  std::string text;
  std::int64_t offset = 0;  // of a name: "%rd1+8"
  std::vector<Operand> parts;

  bool operator==(const Operand&) const = default;
};

struct Instruction {
  std::string guard;           // "%p1", without which it is not executed; empty: always is
  bool guard_negated = false;  // "@!%p1"
  std::string opcode;          // with all modifiers: "ld.global.nc.f32"
  std::vector<Operand> operands;

  bool operator==(const Instruction&) const = default;
};

struct Label {
  std::string name;
  bool operator==(const Label&) const = default;
};

// One name of a declaration: "%r<5>", "table[4][2] = {...}".
struct Declarator {
  std::string name;
  std::uint32_t count = 0;              // "%r<5>" declares %r0 to %r4; 0: the name itself
  std::vector<std::string> dimensions;  // the numbers in brackets; an empty one for "[]"
  Tokens initializer;
  bool operator==(const Declarator&) const = default;
};

// Variables, registers or one parameter.
struct Declaration {
  std::vector<std::string> specifiers;  // ".visible", ".global", ".align 4", ".b8", in order
  std::vector<Declarator> declarators;

  bool has(std::string_view specifier) const;
  std::string_view space() const;  // ".global"; empty: none is named
  std::string_view type() const;   // ".b8"; of registers ".pred" too
  bool operator==(const Declaration&) const = default;
};

// The source line that the next instructions come from.
struct Location {
  std::uint32_t file = 0, line = 0, column = 0;
  Tokens inlined;  // "function_name $L__info_string0, inlined_at 1 20 3"
  bool operator==(const Location&) const = default;
};

// ".version 9.0", ".pragma "nounroll";", ".branchtargets $L1, $L2;"
struct Directive {
  Tokens tokens;
  std::string_view name() const { return tokens.front(); }
  // All others end where their numbers and names do.
  bool ends_with_semicolon() const;
  bool operator==(const Directive&) const = default;
};

struct ScopeBegin {
  bool operator==(const ScopeBegin&) const = default;
};
struct ScopeEnd {
  bool operator==(const ScopeEnd&) const = default;
};

using Statement =
    std::variant<Instruction, Label, Declaration, Location, Directive, ScopeBegin, ScopeEnd>;

struct Function {
  bool is_kernel = false;               // .entry; else .func
  std::vector<std::string> specifiers;  // ".visible"
  std::string name;
  std::vector<Declaration> results;
  std::vector<Declaration> parameters;
  std::vector<Directive> directives;  // ".maxntid 256, 1, 1"
  bool has_body = false;
  std::vector<Statement> body;  // scopes are closed within it
  bool operator==(const Function&) const = default;
};

// Debug information.
struct Section {
  std::string name;
  std::vector<Tokens> lines;
  bool operator==(const Section&) const = default;
};

using Item = std::variant<Directive, Declaration, Function, Section>;

struct Module {
  std::vector<Item> items;
  bool operator==(const Module&) const = default;
};

// ".global", ".reg"...
bool is_state_space(std::string_view specifier);
// Bytes of one value of type ".u32"; 0 if there is no such type.
std::size_t type_bytes(std::string_view type);
// The whole of a declared variable: 4 for ".u32 a", 24 for ".b8 a[24]", 0 for ".b8 a[]".
std::size_t declared_bytes(const Declaration& declaration, const Declarator& declarator);
// The value of "12", "-3", "0x1FU" or "0b101"; false for floating-point numbers.
bool integer_value(std::string_view text, std::int64_t& value);

}  // namespace sennit::cuda::ptx
