// kernel/source_scanner.cpp: finds the kernel that a name expression means, and its parameters.

#include "kernel/source_scanner.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

// "ns::scale<T, N>"
std::string shown(const SourceKernel& kernel) {
  if (kernel.template_parameters.empty()) return kernel.name;
  std::vector<std::string> names;
  for (const TemplateParameter& parameter : kernel.template_parameters) {
    names.push_back(parameter.name.empty() ? "?" : std::string(parameter.name));
  }
  return kernel.name + "<" + join(names) + ">";
}

std::string trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool is_void(TokenSpan parameters) { return parameters.size() == 1 && parameters[0].is("void"); }

constexpr std::string_view kGiveSignature =
    "give the kernel's signature, such as \"k(x: in pointer float, p: struct 24 align 8)\"";

}  // namespace

// What a name expression asks for.
struct SourceScanner::Wanted {
  std::string text;
  std::string path;  // "ns::k"
  bool has_arguments = false;
  std::vector<TokenSpan> arguments;
  bool is_cast = false;  // to a function type: chooses among overloads
  std::vector<TokenSpan> cast_parameters;
  Tokens tokens;  // what the spans point into
};

// A kernel, with its template arguments filled in and its parameters read.
struct SourceScanner::Candidate {
  const SourceKernel* kernel = nullptr;
  std::vector<TokenSpan> items;
  std::vector<SourceVariable> parameters;
};

SourceScanner::SourceScanner(const std::string& source, const std::string& source_name,
                             const std::vector<std::string>& options)
    : source_name_(source_name),
      preprocessor_(source_name, options, arena_),
      tokens_(preprocessor_.run(source)),
      declarations_(tokens_, arena_) {}

std::vector<std::string> SourceScanner::kernels() const {
  std::vector<std::string> names;
  for (const SourceKernel& kernel : declarations_.kernels()) {
    const std::string name = shown(kernel);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

SourceScanner::Wanted SourceScanner::parse(std::string_view name_expression) {
  Wanted wanted;
  wanted.text = trimmed(name_expression);
  wanted.tokens = preprocessor_.expand(tokenize(wanted.text, arena_));
  TokenSpan rest = wanted.tokens;
  const auto refuse = [&]() {
    raise(ErrorCode::InvalidArgument,
          format("'{}' is no name of a kernel; write for example k, ns::k, scale<float, 4>",
                 wanted.text));
  };
  const auto drop = [&](std::size_t count) { rest = rest.subspan(count); };
  // & and parentheses around the name; (type)name and static_cast<type>(name).
  const auto cast = [&](TokenSpan type) {
    std::size_t open = type.size();  // the last list in parentheses is the parameters'
    for (std::size_t i = 0; i < type.size(); ++i) {
      if (type[i].is("(")) {
        open = i;
        i = matching_bracket(type, i);
      }
    }
    const std::size_t close = open < type.size() ? matching_bracket(type, open) : open;
    if (close >= type.size()) refuse();
    const TokenSpan list = type.subspan(open + 1, close - open - 1);
    wanted.is_cast = true;
    if (!is_void(list)) wanted.cast_parameters = split_at_commas(list);
  };
  while (!rest.empty() && !rest[0].identifier() && !rest[0].is("::")) {
    if (rest[0].is("&")) {
      drop(1);
    } else if (rest[0].is("(")) {
      const std::size_t close = matching_bracket(rest, 0);
      if (close == rest.size()) refuse();
      if (close + 1 == rest.size()) {
        rest = rest.subspan(1, close - 1);
      } else {
        cast(rest.subspan(1, close - 1));
        drop(close + 1);
      }
    } else {
      refuse();
    }
  }
  if (!rest.empty() && rest[0].is("static_cast")) {
    const std::size_t angle = rest.size() > 1 && rest[1].is("<") ? matching_angle(rest, 1) : 0;
    if (angle == 0 || angle + 1 >= rest.size() || !rest[angle + 1].is("(") ||
        matching_bracket(rest, angle + 1) + 1 != rest.size()) {
      refuse();
    }
    cast(rest.subspan(2, angle - 2));
    rest = rest.subspan(angle + 2, rest.size() - angle - 3);
    while (!rest.empty() && rest[0].is("&")) drop(1);
  }
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i].is("<") && i > 0) {
      const std::size_t close = matching_angle(rest, i);
      if (close + 1 != rest.size()) refuse();
      wanted.has_arguments = true;
      wanted.arguments = split_at_commas(rest.subspan(i + 1, close - i - 1));
      break;
    }
    if (!rest[i].identifier() && !rest[i].is("::")) refuse();
    wanted.path += rest[i].text;
  }
  if (wanted.path.starts_with("::")) wanted.path.erase(0, 2);
  if (wanted.path.empty()) refuse();
  return wanted;
}

std::vector<SourceScanner::Candidate> SourceScanner::candidates(const Wanted& wanted) {
  SourceTypes types(declarations_, preprocessor_.packs_structs());
  const auto answers = [&](const SourceKernel& kernel) {
    if (kernel.name == wanted.path) return true;
    if (kernel.extern_c && kernel.name.ends_with("::" + wanted.path)) return true;
    const auto& used = declarations_.used_namespaces();
    return std::any_of(used.begin(), used.end(), [&](const std::string& prefix) {
      return kernel.name == prefix + wanted.path;
    });
  };
  bool any = false;
  const SourceKernel* unmatched = nullptr;  // named, but not with these template arguments
  std::vector<Candidate> found;
  for (const SourceKernel& kernel : declarations_.kernels()) {
    if (!answers(kernel)) continue;
    any = true;
    const bool pack =
        std::any_of(kernel.template_parameters.begin(), kernel.template_parameters.end(),
                    [](const TemplateParameter& p) { return p.pack; });
    if (pack) {
      raise(ErrorCode::InvalidArgument,
            format("kernel '{}' has a template parameter pack (line {}); {}", shown(kernel),
                   kernel.line, kGiveSignature));
    }
    const bool is_template = !kernel.template_parameters.empty();
    const auto bound =
        is_template == wanted.has_arguments
            ? types.bind(kernel.template_parameters, wanted.arguments, {"", nullptr}, kernel.scope)
            : std::nullopt;
    if (!bound) {
      unmatched = &kernel;
      continue;
    }
    Candidate candidate;
    candidate.kernel = &kernel;
    if (!is_void(kernel.parameters)) candidate.items = split_at_commas(kernel.parameters);
    for (const TokenSpan item : candidate.items) {
      candidate.parameters.push_back(types.read_variable(item, {kernel.scope, &*bound}));
    }
    found.push_back(std::move(candidate));
  }
  if (found.empty() && unmatched != nullptr) {
    raise(ErrorCode::InvalidArgument,
          unmatched->template_parameters.empty()
              ? format("kernel '{}' is no template; ask for '{}'", wanted.text, unmatched->name)
              : format("kernel '{}' is a template: name its arguments, as in {}", wanted.text,
                       shown(*unmatched)));
  }
  if (!any) {
    const auto known = kernels();
    raise(ErrorCode::InvalidArgument,
          known.empty() ? format("no kernel is called '{}': {} has no __global__ function",
                                 wanted.text, source_name_)
                        : format("no kernel is called '{}'; {} has: {}", wanted.text, source_name_,
                                 join(known)));
  }
  return found;
}

// An array parameter is a pointer; a top-level const says nothing of the function's type.
static SourceType adjusted(const SourceVariable& variable) {
  SourceType type = variable.type;
  if (!variable.bounds.empty()) type.pointers.push_back(false);
  if (type.pointers.empty()) type.is_const = false;
  return type;
}

bool SourceScanner::takes(const Candidate& candidate, const std::vector<SourceType>& types) {
  return std::equal(candidate.parameters.begin(), candidate.parameters.end(), types.begin(),
                    types.end(), [](const SourceVariable& variable, const SourceType& type) {
                      return adjusted(variable).same_as(type);
                    });
}

Signature SourceScanner::signature(std::string_view name_expression) {
  const Wanted wanted = parse(name_expression);
  std::vector<Candidate> found = candidates(wanted);
  if (wanted.is_cast) {
    SourceTypes types(declarations_, preprocessor_.packs_structs());
    std::vector<SourceType> wanted_types;
    for (const TokenSpan item : wanted.cast_parameters) {
      wanted_types.push_back(adjusted(types.read_variable(item, {"", nullptr})));
    }
    std::erase_if(found, [&](const Candidate& c) { return !takes(c, wanted_types); });
    if (found.empty()) {
      raise(ErrorCode::InvalidArgument,
            format("no overload of '{}' has the parameters of '{}'", wanted.path, wanted.text));
    }
  }
  // A declaration and its definition are one kernel; the definition's names count.
  const auto defined = std::find_if(found.begin(), found.end(),
                                    [](const Candidate& c) { return c.kernel->is_defined; });
  const Candidate& chosen = defined != found.end() ? *defined : found.front();
  std::vector<SourceType> types;
  for (const SourceVariable& variable : chosen.parameters) types.push_back(adjusted(variable));
  std::vector<std::string> overloads;
  bool ambiguous = false;
  for (const Candidate& candidate : found) {
    ambiguous = ambiguous || !takes(candidate, types);
    overloads.push_back(format("({})", spell(candidate.kernel->parameters)));
  }
  if (ambiguous) {
    raise(ErrorCode::InvalidArgument,
          format("'{}' has {} overloads: {}; choose one by a cast, as in \"(void(*)(int*)){}\"",
                 wanted.text, overloads.size(), join(overloads), wanted.path));
  }
  std::vector<Parameter> parameters;
  for (std::size_t i = 0; i < chosen.parameters.size(); ++i) {
    parameters.push_back(parameter(chosen.parameters[i], i, wanted.text, chosen.items[i]));
  }
  return Signature(wanted.text, std::move(parameters));
}

Parameter SourceScanner::parameter(const SourceVariable& variable, std::size_t index,
                                   const std::string& kernel, TokenSpan tokens) const {
  const auto refuse = [&](std::string_view why) {
    const int line = tokens.empty() ? 0 : tokens.front().line;
    raise(ErrorCode::InvalidArgument, format("kernel '{}': parameter {} ('{}', line {}): {}",
                                             kernel, index + 1, spell(tokens), line, why));
  };
  std::string name(variable.name);
  SourceType type = adjusted(variable);
  if (variable.is_pack) refuse("is a pack; write its parameters out");
  if (variable.is_function) refuse("is a function or a pointer to one, which no host can pass");
  if (type.is_reference) {
    refuse("is a reference, which a kernel cannot take; use a pointer or a value");
  }
  if (type.pointers.empty()) {
    if (!type.problem.empty()) refuse(format("{}; {}", type.problem, kGiveSignature));
    if (type.element.bytes == 0) refuse(format("has no size; {}", kGiveSignature));
    return value_parameter(std::move(name), std::move(type.element));
  }
  if (type.pointers.size() == 1) {
    return pointer_parameter(std::move(name), std::move(type.element),
                             type.is_const ? AccessMode::Read : AccessMode::ReadWrite);
  }
  // A pointer to pointers: the array holds addresses. `float* const* x` cannot change them.
  const bool read_only = type.pointers[type.pointers.size() - 2];
  const std::string to = type.element.name + std::string(type.pointers.size() - 1, '*');
  return pointer_parameter(std::move(name), opaque_type(to, 8, 8),
                           read_only ? AccessMode::Read : AccessMode::ReadWrite);
}

}  // namespace sennit
