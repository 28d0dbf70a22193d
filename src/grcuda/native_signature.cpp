#include "grcuda/native_signature.h"

#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/mangling.h"
#include "grcuda/native_signature_reader.h"

namespace sennit::grcuda {
namespace {

// Passes `word` if the identifier that stands here is that.
bool accept_word(TextReader& reader, std::string_view word) {
  const std::size_t before = reader.position();
  if (reader.identifier() == word) return true;
  reader.go_to(before);
  return false;
}

// in | out | inout | const, wherever GrCUDA allows them; the last one wins. `out` is `inout`.
std::optional<AccessMode> qualifiers(TextReader& reader, std::optional<AccessMode> access) {
  for (;;) {
    if (accept_word(reader, "in") || accept_word(reader, "const")) {
      access = AccessMode::Read;
    } else if (accept_word(reader, "out") || accept_word(reader, "inout")) {
      access = AccessMode::ReadWrite;
    } else {
      return access;
    }
  }
}

const NativeType& type_name(TextReader& reader) {
  const std::size_t at = reader.position();
  const std::string name = reader.identifier();
  if (const NativeType* type = find_native_type(name)) return *type;
  reader.error(
      at, format("invalid type: {}; known: {}", name.empty() ? reader.shown(at) : "'" + name + "'",
                 known_native_types()));
}

bool starts_type(const TextReader& reader) {
  const char c = reader.peek();
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

void read_type(TextReader& reader, NativeParameter& parameter) {
  std::optional<AccessMode> access = qualifiers(reader, std::nullopt);
  const std::size_t at = reader.position();
  if (accept_word(reader, "pointer")) {
    access = qualifiers(reader, access);
    parameter.is_pointer = true;
    parameter.type = starts_type(reader) ? &type_name(reader) : &void_type();
    parameter.access = qualifiers(reader, access).value_or(AccessMode::ReadWrite);
    return;
  }
  parameter.type = &type_name(reader);
  qualifiers(reader, access);
  if (parameter.type->kind == NativeKind::Void) {
    reader.error(at, "invalid type: a parameter cannot be void; is it a pointer?");
  }
}

NativeParameter read_parameter(TextReader& reader, bool named) {
  NativeParameter parameter;
  if (named) {
    const std::size_t at = reader.position();
    parameter.name = reader.identifier();
    if (parameter.name.empty()) {
      reader.error(at,
                   "expected valid parameter signature within \"(  )\": the name of a "
                   "parameter, ':' and its type");
    }
    reader.expect(":");
  }
  read_type(reader, parameter);
  return parameter;
}

void read_list(TextReader& reader, bool named, std::vector<NativeParameter>& parameters) {
  do {
    parameters.push_back(read_parameter(reader, named));
  } while (reader.accept(","));
}

void read_parenthesised(TextReader& reader, bool named, std::vector<NativeParameter>& parameters) {
  reader.expect("(");
  if (reader.accept(")")) return;
  read_list(reader, named, parameters);
  reader.expect(")");
}

void read_result(TextReader& reader, NativeSignature& signature, Result result) {
  if (!reader.accept(":")) {
    if (result == Result::Ignored) return;
    reader.error(reader.position(), "expected \":\" and return type");
  }
  qualifiers(reader, std::nullopt);
  if (accept_word(reader, "pointer")) {
    signature.result_is_pointer = true;
    signature.result = starts_type(reader) ? &type_name(reader) : &void_type();
  } else {
    signature.result = &type_name(reader);
  }
}

void expect_end(const TextReader& reader) {
  if (reader.at_end()) return;
  reader.error(reader.position(), format("expected the end of the signature, not {}",
                                         reader.shown(reader.position())));
}

}  // namespace

NativeSignature read_signature(TextReader& reader, Result result) {
  NativeSignature signature;
  std::size_t at = reader.position();
  std::string name = reader.identifier();
  if (name == "cxx" && reader.peek() != '(') {
    signature.is_cxx = true;
    at = reader.position();
    name = reader.identifier();
  }
  while (!name.empty() && reader.accept("::")) {
    signature.namespaces.push_back(std::move(name));
    at = reader.position();
    name = reader.identifier();
  }
  if (name.empty()) {
    reader.error(at, reader.at_end() ? "expected \"(\"" : "expected identifier name before \"(\"");
  }
  if (!signature.namespaces.empty() && !signature.is_cxx) {
    reader.error(at, "only a C++ function is in a namespace; begin the signature with 'cxx'");
  }
  signature.name = std::move(name);
  read_parenthesised(reader, /*named=*/true, signature.parameters);
  read_result(reader, signature, result);
  return signature;
}

NativeSignature parse_signature(std::string_view nidl, Result result) {
  TextReader reader(nidl, "signature");
  reader.skip_space();
  NativeSignature signature = read_signature(reader, result);
  expect_end(reader);
  return signature;
}

NativeSignature parse_legacy(std::string_view name, std::string_view text, Result result) {
  TextReader reader(text, "signature");
  reader.skip_space();
  NativeSignature signature;
  signature.name = name;
  if (reader.peek() == '(') {
    read_parenthesised(reader, /*named=*/false, signature.parameters);
  } else if (result == Result::Required) {
    reader.error(reader.position(), "expected \"(\"");
  } else if (!reader.at_end()) {
    read_list(reader, /*named=*/false, signature.parameters);
  }
  read_result(reader, signature, result);
  expect_end(reader);
  return signature;
}

bool is_cxx_signature(std::string_view text) {
  TextReader reader(text, "signature");
  reader.skip_space();
  return reader.identifier() == "cxx" && reader.peek() != '(';
}

// ---- Texts -----------------------------------------------------------------------------------

std::string NativeSignature::qualified_name() const {
  std::string qualified;
  for (const std::string& outer : namespaces) qualified += outer + "::";
  return qualified + name;
}

std::string NativeSignature::symbol() const { return is_cxx ? mangled_name(*this) : name; }

std::string NativeSignature::kernel_text() const {
  std::vector<std::string> items;
  for (const NativeParameter& parameter : parameters) {
    const std::string shown_name =
        parameter.name.empty() ? format("p{}", items.size()) : parameter.name;
    const std::string_view access = parameter.access == AccessMode::Read ? "in" : "inout";
    items.push_back(parameter.is_pointer
                        ? format("{}: {} pointer {}", shown_name, access, parameter.type->name)
                        : format("{}: {}", shown_name, parameter.type->name));
  }
  return format("{}({})", name, join(items));
}

}  // namespace sennit::grcuda
