// kernel/kernel.cpp: where a kernel's signature comes from, and how its functions are found.

#include "kernel/kernel.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "kernel/source_scanner.h"

namespace sennit {
namespace {

// "name(...)", not "(...)" and not "type, type".
bool is_nidl(std::string_view text) {
  const std::size_t open = text.find('(');
  return open != std::string_view::npos &&
         text.substr(0, open).find_first_not_of(" \t\r\n") != std::string_view::npos &&
         text.substr(0, open).find(',') == std::string_view::npos;
}

Signature parse(std::string_view name, std::string_view text, SignatureDialect dialect) {
  if (!is_nidl(text)) return parse_legacy_signature(name, text, dialect);
  const Signature parsed = parse_nidl_signature(text, dialect);
  const auto parameters = parsed.parameters();
  return Signature(std::string(name), {parameters.begin(), parameters.end()});
}

// What the source says, if it can be read: a signature is given where it cannot.
std::optional<Signature> scan(const CompileRequest& request, std::string_view name) {
  try {
    return SourceScanner(request.source, request.source_name, request.options).signature(name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void check_same_layout(const Signature& given, const Signature& source) {
  const auto disagree = [&](const std::string& how) {
    raise(
        ErrorCode::InvalidArgument,
        format("kernel '{}': the signature and the source disagree: {}\n  signature: {}\n  source: "
               "   {}",
               given.kernel(), how, given.to_string(), source.to_string()));
  };
  const auto a = given.parameters();
  const auto b = source.parameters();
  if (a.size() != b.size()) {
    disagree(format("{} parameter{} against {}", a.size(), a.size() == 1 ? "" : "s", b.size()));
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].bytes() != b[i].bytes()) {
      disagree(format("parameter {} has {} bytes against {}", i + 1, a[i].bytes(), b[i].bytes()));
    }
    if (given.offsets()[i] != source.offsets()[i]) {
      disagree(format("parameter {} is aligned to {} bytes against {}", i + 1, a[i].alignment(),
                      b[i].alignment()));
    }
  }
}

}  // namespace

Signature kernel_signature(const CompileRequest& request, std::string_view name,
                           std::string_view text, SignatureDialect dialect) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return SourceScanner(request.source, request.source_name, request.options).signature(name);
  }
  Signature given = parse(name, text, dialect);
  if (const auto source = scan(request, name)) check_same_layout(given, *source);
  return given;
}

namespace {

// nullopt if the code does not tell.
std::optional<Parameter> parameter_of(const ParameterLayout& layout) {
  using Kind = ParameterLayout::Kind;
  switch (layout.kind) {
    case Kind::Unknown:
      return std::nullopt;
    case Kind::Pointer:
      return pointer_parameter("", opaque_type("void", 0, 1), AccessMode::ReadWrite);
    case Kind::Bytes:
      return value_parameter("", opaque_type("struct", layout.bytes, layout.alignment));
    case Kind::Float:
      return value_parameter("", element_type(layout.bytes == 8 ? Dtype::Float64 : Dtype::Float32));
    case Kind::Number:
      break;
  }
  switch (layout.bytes) {
    case 1:
      return value_parameter("", element_type(Dtype::Int8));
    case 2:
      return value_parameter("", element_type(Dtype::Int16));
    case 4:
      return value_parameter("", element_type(Dtype::Int32));
    case 8:
      return value_parameter("", element_type(Dtype::Int64));
    default:
      return std::nullopt;
  }
}

}  // namespace

Signature code_signature(const Image& code, std::string_view name) {
  const auto found =
      std::find_if(code.access.begin(), code.access.end(),
                   [&](const KernelAccess& access) { return access.kernel == name; });
  std::vector<Parameter> parameters;
  bool is_told = found != code.access.end();
  for (std::size_t i = 0; is_told && i < found->parameters.size(); ++i) {
    const std::optional<Parameter> parameter = parameter_of(found->parameters[i].layout);
    is_told = parameter.has_value();
    if (parameter) parameters.push_back(*parameter);
  }
  if (is_told) return Signature(std::string(name), std::move(parameters));
  raise(ErrorCode::InvalidArgument,
        format("kernel '{}': the code does not say what its parameters are; give a signature, for "
               "example \"sint32, const pointer float, pointer float\"",
               name));
}

Kernel::Kernel(std::shared_ptr<Program> program, std::string name, Signature declared,
               DeclaredBy declared_by)
    : program_(std::move(program)),
      name_(std::move(name)),
      declared_by_(declared_by),
      declared_{declared, declared.to_string(), false, false, {}},
      facts_(&declared_),
      functions_(program_->device_count()) {}

const KernelFacts& Kernel::find_out() {
  const Lock lock(mutex_);
  if (found_) return *found_;
  auto found = std::make_unique<KernelFacts>(declared_);
  if (const auto code = program_->access(name_)) {
    const auto parameters = declared_.signature.parameters();
    found->signature = narrowed_signature(declared_.signature, *code, declared_by_);
    found->signature_text = found->signature.to_string();
    found->touches_untracked = touches_untracked(declared_.signature, *code);
    for (const VariableUse& variable : code->variables) found->writes_variables |= variable.writes;
    for (std::size_t i = 0; i < std::min(parameters.size(), code->parameters.size()); ++i) {
      if (code->parameters[i].escapes && parameters[i].kind == ParameterKind::Pointer) {
        found->escaping.push_back(static_cast<std::uint32_t>(i));
      }
    }
    log(LogLevel::Debug, "kernel {}{}", found->signature_text,
        found->touches_untracked ? ", which may touch other memory" : "");
  }
  found_ = std::move(found);
  facts_.store(found_.get(), std::memory_order_release);
  return *found_;
}

Function& Kernel::load(int device) {
  if (Function* known = find(device)) return *known;
  Function& function = program_->module(device).function(name_);
  // Threads that come here together store the same.
  functions_[static_cast<std::size_t>(device)].store(&function, std::memory_order_release);
  return function;
}

}  // namespace sennit
