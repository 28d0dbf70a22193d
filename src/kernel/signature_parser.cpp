// kernel/signature_parser.cpp: a recursive-descent parser of NIDL and legacy signatures.

#include "kernel/signature_parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

struct NidlType {
  std::string_view name;
  Dtype dtype;
};

// Names that neither NumPy nor C++ has. `char` is C++'s: a pointer to it takes int8 and uint8.
constexpr NidlType kNidlTypes[] = {
    {"sint8", Dtype::Int8},    {"char8", Dtype::UInt8},  {"sint16", Dtype::Int16},
    {"char16", Dtype::UInt16}, {"sint32", Dtype::Int32}, {"char32", Dtype::UInt32},
    {"wchar", Dtype::Int32},   {"sint64", Dtype::Int64}, {"sll64", Dtype::Int64},
    {"ull64", Dtype::UInt64},
};

constexpr std::string_view kKnownTypes =
    "bool, char, sint8, uint8, sint16, uint16, sint32, uint32, sint64, uint64, sll64, ull64, "
    "char16, char32, wchar, float, double, NumPy's names (int32, float16 ...), those of CUDA C++ "
    "(unsigned int, float4 ...), pointer, struct";

std::optional<ElementType> find_type(std::string_view name) {
  for (const NidlType& row : kNidlTypes) {
    if (row.name == name) return element_type(row.dtype);
  }
  if (auto type = find_cuda_type(name)) return type;
  if (const auto dtype = find_dtype(name)) return element_type(*dtype);
  return std::nullopt;
}

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Parser {
 public:
  Parser(std::string_view text, SignatureDialect dialect) : text_(text), dialect_(dialect) {}

  Signature nidl() {
    std::string name = kernel_name();
    std::vector<Parameter> parameters = parenthesised(/*named=*/true);
    result();
    return Signature(std::move(name), std::move(parameters));
  }

  Signature legacy(std::string_view kernel) {
    skip_space();
    std::vector<Parameter> parameters;
    if (peek() == '(') {
      parameters = parenthesised(/*named=*/false);
      result();
    } else if (!at_end()) {
      parameters = list(/*named=*/false);
      if (!at_end()) error(position_, "expected ',' or the end of the signature");
    }
    return Signature(std::string(kernel), std::move(parameters));
  }

 private:
  // Everything before the first '(' that is not inside template arguments.
  std::string kernel_name() {
    skip_space();
    const std::size_t begin = position_;
    int angles = 0;
    int parentheses = 0;  // within template arguments only
    for (; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == '(' && angles == 0) break;
      if (c == '(') ++parentheses;
      if (c == ')' && parentheses > 0) --parentheses;
      if (c == '<') ++angles;
      if (c == '>' && parentheses == 0 && angles > 0) --angles;
    }
    if (at_end()) error(position_, "expected \"(\"");
    std::size_t end = position_;
    while (end > begin && is_space(text_[end - 1])) --end;
    const std::string_view name = text_.substr(begin, end - begin);
    if (name.empty() || !(starts_word(name.front()) || name.front() == ':')) {
      error(begin, "expected identifier name before \"(\"");
    }
    return std::string(name);
  }

  std::vector<Parameter> parenthesised(bool named) {
    const std::size_t open = position_++;
    skip_space();
    std::vector<Parameter> parameters;
    if (peek() != ')') parameters = list(named);
    if (at_end()) error(position_, format("expected \")\" for the \"(\" at column {}", open + 1));
    if (peek() != ')') error(position_, "expected ',' or \")\"");
    ++position_;
    skip_space();
    return parameters;
  }

  std::vector<Parameter> list(bool named) {
    std::vector<Parameter> parameters{parameter(named)};
    while (peek() == ',') {
      ++position_;
      skip_space();
      parameters.push_back(parameter(named));
    }
    return parameters;
  }

  Parameter parameter(bool named) {
    std::string name;
    if (named) {
      const std::size_t begin = position_;
      name = word();
      if (name.empty()) error(begin, "expected the name of a parameter");
      if (peek() != ':') error(position_, format("expected \":\" after the parameter '{}'", name));
      ++position_;
      skip_space();
    }
    return typed(std::move(name));
  }

  Parameter typed(std::string name) {
    std::optional<AccessMode> access = qualifiers(std::nullopt);
    const std::size_t begin = position_;
    if (accept("pointer")) {
      access = qualifiers(access);
      const bool bare = !starts_word(peek());
      ElementType to = bare ? opaque_type("void", 0, 1) : type_name();
      access = qualifiers(access);
      return pointer_parameter(std::move(name), std::move(to),
                               access.value_or(AccessMode::ReadWrite));
    }
    if (accept("struct")) return struct_parameter(std::move(name));
    ElementType type = type_name();
    qualifiers(access);
    if (type.bytes == 0) error(begin, "a parameter cannot be void; is it a pointer void?");
    return value_parameter(std::move(name), std::move(type));
  }

  // 'struct' bytes ['align' bytes]. Without `align`: the largest that a compiler would give.
  Parameter struct_parameter(std::string name) {
    const std::size_t begin = position_;
    const std::uint32_t bytes = number("the size of the struct in bytes");
    if (bytes == 0) error(begin, "a struct has at least 1 byte");
    std::uint32_t alignment = 8;
    while (bytes % alignment != 0) alignment /= 2;
    if (accept("align")) {
      const std::size_t at = position_;
      alignment = number("the alignment of the struct in bytes");
      if (alignment == 0 || (alignment & (alignment - 1)) != 0 || bytes % alignment != 0) {
        error(at, format("the alignment is a power of two that divides the size, {}", bytes));
      }
    }
    return value_parameter(std::move(name), opaque_type("struct", bytes, alignment));
  }

  // in | out | inout | const, in any place and number that GrCUDA allows; the last one wins.
  std::optional<AccessMode> qualifiers(std::optional<AccessMode> access) {
    for (;;) {
      if (accept("in") || accept("const")) {
        access = AccessMode::Read;
      } else if (accept("out")) {
        access =
            dialect_ == SignatureDialect::GrCuda ? AccessMode::ReadWrite : AccessMode::Overwrite;
      } else if (accept("inout")) {
        access = AccessMode::ReadWrite;
      } else {
        return access;
      }
    }
  }

  // One word, or the several of "unsigned long long".
  ElementType type_name() {
    const std::size_t begin = position_;
    std::string name = word();
    while (name.starts_with("unsigned") || name.starts_with("signed") || name.starts_with("long")) {
      const std::size_t before = position_;
      const std::string next = word();
      if (next != "char" && next != "short" && next != "int" && next != "long") {
        position_ = before;
        break;
      }
      name += " " + next;
    }
    if (name == "string") error(begin, "unsupported by-value parameter type: string");
    if (name == "unsigned") name = "unsigned int";
    if (auto type = find_type(name)) return *std::move(type);
    error(begin,
          format("invalid type '{}'; known: {}", name.empty() ? shown(begin) : name, kKnownTypes));
  }

  void result() {
    if (peek() == ':') {
      ++position_;
      skip_space();
      if (!starts_word(peek())) error(position_, "expected \":\" and return type");
      if (accept("pointer")) {
        if (starts_word(peek())) type_name();
      } else if (!accept("string")) {
        type_name();
      }
    }
    if (!at_end()) error(position_, "expected the end of the signature");
  }

  // ---- Text ----

  bool at_end() const { return position_ >= text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[position_]; }
  void skip_space() {
    while (!at_end() && is_space(text_[position_])) ++position_;
  }

  // The word that starts here and the space behind it; empty if none does.
  std::string word() {
    const std::size_t begin = position_;
    if (starts_word(peek())) {
      while (starts_word(peek()) || is_digit(peek())) ++position_;
    }
    std::string found(text_.substr(begin, position_ - begin));
    skip_space();
    return found;
  }

  bool accept(std::string_view expected) {
    const std::size_t before = position_;
    if (word() == expected) return true;
    position_ = before;
    return false;
  }

  std::uint32_t number(std::string_view what) {
    std::uint32_t value = 0;
    const char* begin = text_.data() + position_;
    const auto [end, code] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (code != std::errc{}) error(position_, format("expected {}", what));
    position_ += static_cast<std::size_t>(end - begin);
    skip_space();
    return value;
  }

  std::string shown(std::size_t at) const {
    return at < text_.size() ? std::string(1, text_[at]) : "the end of the signature";
  }

  [[noreturn]] void error(std::size_t at, const std::string& what) const {
    const std::size_t before = text_.substr(0, at).rfind('\n');
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const std::string_view line = text_.substr(begin, text_.substr(begin).find('\n'));
    raise(ErrorCode::InvalidArgument,
          format("signature, column {}: {}\n  {}\n  {}^", at - begin + 1, what, line,
                 std::string(at - begin, ' ')));
  }

  std::string_view text_;
  SignatureDialect dialect_;
  std::size_t position_ = 0;
};

}  // namespace

Signature parse_nidl_signature(std::string_view text, SignatureDialect dialect) {
  return Parser(text, dialect).nidl();
}

Signature parse_legacy_signature(std::string_view kernel, std::string_view text,
                                 SignatureDialect dialect) {
  return Parser(text, dialect).legacy(kernel);
}

}  // namespace sennit
