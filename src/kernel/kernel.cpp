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

std::vector<ParameterPlace> places_of(const Signature& signature) {
  std::vector<ParameterPlace> places;
  for (std::size_t i = 0; i < signature.parameters().size(); ++i) {
    places.push_back({signature.offsets()[i], signature.parameters()[i].bytes()});
  }
  return places;
}

// "8 bytes at 0, 4 bytes at 8"
std::string shown(std::span<const ParameterPlace> places) {
  std::vector<std::string> each;
  for (const ParameterPlace& place : places) {
    each.push_back(
        format("{} byte{} at {}", place.bytes, place.bytes == 1 ? "" : "s", place.offset));
  }
  return each.empty() ? "none" : join(each);
}

// How the parameters differ; empty if they do not.
std::string difference(std::span<const ParameterPlace> a, std::span<const ParameterPlace> b) {
  if (a.size() != b.size()) {
    return format("{} parameter{} against {}", a.size(), a.size() == 1 ? "" : "s", b.size());
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].bytes != b[i].bytes) {
      return format("parameter {} has {} bytes against {}", i + 1, a[i].bytes, b[i].bytes);
    }
    if (a[i].offset != b[i].offset) {
      return format("parameter {} starts at byte {} against {}", i + 1, a[i].offset, b[i].offset);
    }
  }
  return {};
}

void check_against_source(const Signature& given, const Signature& source) {
  const std::string how = difference(places_of(given), places_of(source));
  if (how.empty()) return;
  raise(ErrorCode::InvalidArgument,
        format("kernel '{}': the signature and the source disagree: {}; correct the signature\n"
               "  signature: {}\n"
               "  source:    {}",
               given.kernel(), how, given.to_string(), source.to_string()));
}

void check_against_code(const Signature& declared, DeclaredBy declared_by,
                        const FunctionInfo& code) {
  if (!code.parameters) return;
  const std::string how = difference(places_of(declared), *code.parameters);
  if (how.empty()) return;
  const bool is_given = declared_by == DeclaredBy::Signature;
  raise(ErrorCode::InvalidArgument,
        format("kernel '{}': the {} and the machine code disagree: {}; {} signature\n"
               "  declared:     {}\n"
               "  machine code: {}",
               declared.kernel(), is_given ? "signature" : "source", how,
               is_given ? "correct the" : "give a", declared.to_string(), shown(*code.parameters)));
}

}  // namespace

Signature kernel_signature(const CompileRequest& request, std::string_view name,
                           std::string_view text, SignatureDialect dialect) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return SourceScanner(request.source, request.source_name, request.options).signature(name);
  }
  Signature given = parse(name, text, dialect);
  if (const auto source = scan(request, name)) check_against_source(given, *source);
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

// nullopt if the code does not tell all of them.
std::optional<std::vector<Parameter>> parameters_of(const KernelAccess& code) {
  std::vector<Parameter> parameters;
  for (const ParameterUse& use : code.parameters) {
    const std::optional<Parameter> parameter = parameter_of(use.layout);
    if (!parameter) return std::nullopt;
    parameters.push_back(*parameter);
  }
  return parameters;
}

}  // namespace

Signature code_signature(Program& program, std::string_view name) {
  if (const auto code = program.access(name)) {
    if (auto told = parameters_of(*code)) return Signature(std::string(name), *std::move(told));
  }
  const auto& places = program.module(0).function(name).info().parameters;
  if (places && places->empty()) return Signature(std::string(name), {});
  raise(ErrorCode::InvalidArgument,
        format("kernel '{}': the code does not say what its parameters are{}; give a signature, "
               "for example \"sint32, const pointer float, pointer float\"",
               name, places ? format(", only their places: {}", shown(*places)) : ""));
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
  check_against_code(declared_.signature, declared_by_, function.info());
  // Threads that come here together store the same.
  functions_[static_cast<std::size_t>(device)].store(&function, std::memory_order_release);
  return function;
}

}  // namespace sennit
