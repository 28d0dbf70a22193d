#include "backend/cuda/ptx/module.h"

#include <algorithm>
#include <array>

namespace sennit::cuda::ptx {
namespace {

constexpr std::array<std::string_view, 7> kSpaces = {".reg",   ".global", ".const", ".shared",
                                                     ".local", ".param",  ".tex"};
constexpr std::array<std::string_view, 5> kWithSemicolon = {
    ".pragma", ".branchtargets", ".calltargets", ".callprototype", ".alias"};

struct TypeSize {
  std::string_view name;
  std::size_t bytes;
};
constexpr TypeSize kTypes[] = {
    {".b8", 1},    {".u8", 1},     {".s8", 1},     {".b16", 2},     {".u16", 2},       {".s16", 2},
    {".f16", 2},   {".bf16", 2},   {".b32", 4},    {".u32", 4},     {".s32", 4},       {".f32", 4},
    {".f16x2", 4}, {".bf16x2", 4}, {".tf32", 4},   {".b64", 8},     {".u64", 8},       {".s64", 8},
    {".f64", 8},   {".b128", 16},  {".texref", 8}, {".surfref", 8}, {".samplerref", 8}};

bool is_type(std::string_view specifier) {
  return specifier == ".pred" || type_bytes(specifier) != 0;
}

}  // namespace

bool Declaration::has(std::string_view specifier) const {
  return std::find(specifiers.begin(), specifiers.end(), specifier) != specifiers.end();
}

std::string_view Declaration::space() const {
  // The first: in ".param .u64 .ptr .global p" the second is the space pointed to.
  for (const std::string& specifier : specifiers) {
    if (is_state_space(specifier)) return specifier;
  }
  return {};
}

std::string_view Declaration::type() const {
  for (const std::string& specifier : specifiers) {
    if (is_type(specifier)) return specifier;
  }
  return {};
}

bool Directive::ends_with_semicolon() const {
  return std::find(kWithSemicolon.begin(), kWithSemicolon.end(), name()) != kWithSemicolon.end();
}

bool is_state_space(std::string_view specifier) {
  return std::find(kSpaces.begin(), kSpaces.end(), specifier) != kSpaces.end();
}

std::size_t type_bytes(std::string_view type) {
  for (const TypeSize& known : kTypes) {
    if (known.name == type) return known.bytes;
  }
  return 0;
}

std::size_t declared_bytes(const Declaration& declaration, const Declarator& declarator) {
  std::size_t bytes = type_bytes(declaration.type());
  if (declaration.has(".v2")) bytes *= 2;
  if (declaration.has(".v4")) bytes *= 4;
  for (const std::string& dimension : declarator.dimensions) {
    std::int64_t count = 0;
    if (!integer_value(dimension, count) || count <= 0) return 0;
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(count), &bytes)) return 0;
  }
  return bytes;
}

bool integer_value(std::string_view text, std::int64_t& value) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.ends_with('U') || text.ends_with('u')) text.remove_suffix(1);
  std::uint64_t base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.starts_with("0b") || text.starts_with("0B")) {
    base = 2;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.front() == '0') {
    base = 8;
  }
  if (text.empty()) return false;
  std::uint64_t result = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : 99;
    if (digit < 0 || static_cast<std::uint64_t>(digit) >= base) return false;
    result = result * base + static_cast<std::uint64_t>(digit);  // wraps, as the assembler does
  }
  value = static_cast<std::int64_t>(negative ? 0 - result : result);
  return true;
}

}  // namespace sennit::cuda::ptx
