// kernel/source_types.cpp: what the words of a type mean.

#include "kernel/source_types.h"

#include <algorithm>

#include "base/text.h"
#include "kernel/constant_expression.h"
#include "kernel/source_layout.h"
#include "kernel/type_reader.h"

namespace sennit {
namespace {

constexpr int kMaxDepth = 60;
constexpr int kMaxSteps = 20'000;
constexpr std::size_t kMaxName = 2000;

SourceType with_problem(std::string name, std::string problem) {
  SourceType type;
  type.element = opaque_type(std::move(name), 0, 1);
  type.problem = std::move(problem);
  return type;
}

SourceType plain(ElementType element) {
  SourceType type;
  type.element = std::move(element);
  return type;
}

struct DepthGuard {
  explicit DepthGuard(int& d) : depth(d) { ++depth; }
  ~DepthGuard() { --depth; }
  int& depth;
};

// "ns::vec<T, 4>::type" as its components.
struct QualifiedName {
  std::string path;                  // without template arguments
  bool has_arguments = false;        // of the last component
  std::vector<TokenSpan> arguments;  // of the last component
  bool inner_arguments = false;      // an earlier component has some: a dependent name
  std::string_view first;
};

QualifiedName split_name(TokenSpan tokens) {
  QualifiedName name;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is("template")) continue;
    if (tokens[i].is("<")) {
      const std::size_t close = matching_angle(tokens, i);
      if (close == tokens.size()) break;
      if (close + 1 < tokens.size()) {
        name.inner_arguments = true;
      } else {
        name.has_arguments = true;
        name.arguments = split_at_commas(tokens.subspan(i + 1, close - i - 1));
      }
      i = close;
      continue;
    }
    if (name.first.empty() && tokens[i].identifier()) name.first = tokens[i].text;
    name.path += tokens[i].text;
  }
  return name;
}

}  // namespace

bool SourceType::same_as(const SourceType& other) const {
  return element.name == other.element.name && is_const == other.is_const &&
         pointers.size() == other.pointers.size() && is_reference == other.is_reference;
}

std::uint32_t SourceType::bytes() const { return pointers.empty() ? element.bytes : 8; }
std::uint32_t SourceType::alignment() const { return pointers.empty() ? element.alignment : 8; }

std::string SourceType::name() const {
  return (is_const ? "const " : "") + element.name + std::string(pointers.size(), '*') +
         (is_reference ? "&" : "");
}

bool SourceTypes::spend() { return ++steps_ <= kMaxSteps && depth_ <= kMaxDepth; }

SourceType SourceTypes::read_type(TokenSpan tokens, const Context& context) {
  SourceVariable variable = read_variable(tokens, context);
  if (!variable.name.empty() || variable.is_function || !variable.bounds.empty()) {
    variable.type.problem = format("'{}' is no type that a kernel takes", spell(tokens));
  }
  return variable.type;
}

SourceVariable SourceTypes::read_variable(TokenSpan tokens, const Context& context) {
  return TypeReader(*this, tokens, context).variable();
}

std::vector<SourceVariable> SourceTypes::read_variables(TokenSpan tokens, const Context& context) {
  return TypeReader(*this, tokens, context).variables();
}

TemplateArgument SourceTypes::read_template_argument(TokenSpan tokens, const Context& context) {
  TemplateArgument argument;
  argument.spelling = spell(tokens);
  if (const auto value = constant(tokens, context)) {
    argument.value = value;
    argument.spelling = std::to_string(*value);
    return argument;
  }
  SourceType type = read_type(tokens, context);
  argument.spelling = type.name();
  argument.type = std::move(type);
  return argument;
}

std::optional<std::int64_t> SourceTypes::constant(TokenSpan expression, const Context& context) {
  const DepthGuard guard(depth_);
  if (!spend()) return std::nullopt;
  ConstantNames names;
  names.value = [&](TokenSpan tokens) -> std::optional<std::int64_t> {
    const QualifiedName name = split_name(tokens);
    if (context.arguments != nullptr) {
      if (const auto bound = context.arguments->find(name.path);
          bound != context.arguments->end()) {
        return bound->second.value;
      }
    }
    const Declaration* declaration = declarations_.find(name.path, context.scope);
    if (declaration == nullptr || declaration->kind != Declaration::Kind::Constant) {
      return std::nullopt;
    }
    if (declaration->tokens.empty()) return declaration->offset;
    const auto value = constant(declaration->tokens, {declaration->scope, context.arguments});
    if (!value) return std::nullopt;
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(*value) +
                                     static_cast<std::uint64_t>(declaration->offset));
  };
  names.size_of = [&](TokenSpan tokens) -> std::optional<std::int64_t> {
    const SourceType type = read_type(tokens, context);
    if (type.bytes() == 0 || type.is_reference) return std::nullopt;
    return type.bytes();
  };
  return evaluate_constant(expression, names);
}

std::optional<TemplateArguments> SourceTypes::bind(const std::vector<TemplateParameter>& parameters,
                                                   const std::vector<TokenSpan>& given,
                                                   const Context& context, std::string_view scope) {
  const DepthGuard guard(depth_);
  if (!spend() || given.size() > parameters.size()) return std::nullopt;
  TemplateArguments bound;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const TemplateParameter& parameter = parameters[i];
    const bool is_given = i < given.size();
    if (!is_given && parameter.default_value.empty()) return std::nullopt;
    const TokenSpan tokens = is_given ? given[i] : parameter.default_value;
    // Defaults may use the parameters before them.
    const Context where = is_given ? context : Context{scope, &bound};
    TemplateArgument argument;
    if (parameter.kind == TemplateParameter::Kind::Type) {
      argument.type = read_type(tokens, where);
      argument.spelling = argument.type->name();
    } else {
      argument.spelling = spell(tokens);
      if (parameter.kind == TemplateParameter::Kind::Value) {
        argument.value = constant(tokens, where);
        if (argument.value) argument.spelling = std::to_string(*argument.value);
      }
    }
    bound.insert_or_assign(std::string(parameter.name), std::move(argument));
  }
  return bound;
}

SourceType SourceTypes::named(TokenSpan tokens, const Context& context) {
  const DepthGuard guard(depth_);
  const std::string spelling = spell(tokens);
  if (!spend()) return with_problem(spelling, format("'{}' is too deeply nested", spelling));
  const QualifiedName name = split_name(tokens);
  if (context.arguments != nullptr) {
    const auto bound = context.arguments->find(name.first);
    if (bound != context.arguments->end()) {
      if (name.path == name.first && !name.has_arguments && bound->second.type) {
        return *bound->second.type;
      }
      // T::value_type: a name within whatever T is, if that is a struct of the source.
      const bool member = name.path.size() > name.first.size() && bound->second.type &&
                          bound->second.type->pointers.empty() && !name.inner_arguments;
      const Declaration* found = member
                                     ? declarations_.find("::" + bound->second.type->element.name +
                                                              name.path.substr(name.first.size()),
                                                          context.scope)
                                     : nullptr;
      if (found != nullptr) return declared(*found, name.arguments, name.has_arguments, context);
      return with_problem(
          spelling, format("'{}' depends on the template argument '{}'", spelling, name.first));
    }
  }
  if (name.inner_arguments) {
    return with_problem(spelling, format("'{}' is a member of a template", spelling));
  }
  const Declaration* found = declarations_.find(name.path, context.scope);
  // CUDA's own headers define float4, __half and the like as structs; we know them as more.
  const bool of_cuda = found != nullptr && found->kind == Declaration::Kind::Struct &&
                       found->scope.empty() && find_cuda_type(found->name).has_value();
  if (found != nullptr && !of_cuda) {
    return declared(*found, name.arguments, name.has_arguments, context);
  }
  std::string canonical = name.path;
  if (name.has_arguments) {
    std::vector<std::string> arguments;
    for (const TokenSpan argument : name.arguments) {
      arguments.push_back(read_template_argument(argument, context).spelling);
    }
    canonical += "<" + join(arguments) + ">";
    // The table knows complex numbers by their C++ names, this reader by dtypes.
    if (canonical.ends_with("complex<float32>")) canonical = name.path + "<float>";
    if (canonical.ends_with("complex<float64>")) canonical = name.path + "<double>";
  }
  if (canonical.starts_with("::")) canonical.erase(0, 2);
  if (auto known = find_cuda_type(canonical)) return plain(*std::move(known));
  return with_problem(canonical, format("'{}' is not defined in the source", canonical));
}

SourceType SourceTypes::declared(const Declaration& declaration,
                                 const std::vector<TokenSpan>& arguments, bool has_arguments,
                                 const Context& context) {
  const DepthGuard guard(depth_);
  if (!spend()) {
    return with_problem(declaration.name, format("'{}' refers to itself", declaration.name));
  }
  TemplateArguments bound;
  if (!declaration.template_parameters.empty()) {
    const auto matched =
        has_arguments ? bind(declaration.template_parameters, arguments, context, declaration.scope)
                      : std::nullopt;
    const bool pack =
        std::any_of(declaration.template_parameters.begin(), declaration.template_parameters.end(),
                    [](const TemplateParameter& p) { return p.pack; });
    if (!matched || pack) {
      return with_problem(declaration.name, format("the template arguments of '{}' are not "
                                                   "understood",
                                                   declaration.name));
    }
    bound = *matched;
  }
  switch (declaration.kind) {
    case Declaration::Kind::Alias: {
      // Inside a template its parameters are still visible.
      if (context.arguments != nullptr)
        bound.insert(context.arguments->begin(), context.arguments->end());
      SourceVariable alias = read_variable(declaration.tokens, {declaration.scope, &bound});
      if (alias.is_function || !alias.bounds.empty()) {
        return with_problem(
            declaration.name,
            format("'{}' is {}", declaration.name,
                   alias.is_function ? "a function or a pointer to one" : "an array type"));
      }
      return alias.type;
    }
    case Declaration::Kind::Enum: {
      if (declaration.tokens.empty()) return plain(element_type(Dtype::Int32));
      return read_type(declaration.tokens, {declaration.scope, nullptr});
    }
    case Declaration::Kind::Struct:
      return structure(declaration, bound);
    case Declaration::Kind::Constant:
    case Declaration::Kind::Namespace:
      break;
  }
  return with_problem(declaration.name, format("'{}' is no type", declaration.name));
}

SourceType SourceTypes::structure(const Declaration& declaration,
                                  const TemplateArguments& arguments) {
  std::string name = declaration.name;
  if (!declaration.template_parameters.empty()) {
    std::vector<std::string> spellings;
    for (const TemplateParameter& parameter : declaration.template_parameters) {
      const auto found = arguments.find(parameter.name);
      if (found != arguments.end()) spellings.push_back(found->second.spelling);
    }
    name += "<" + join(spellings) + ">";
  }
  if (name.size() > kMaxName) return with_problem(declaration.name, "its name is absurdly long");
  if (const auto known = structures_.find(name); known != structures_.end()) return known->second;
  SourceType type = plain(opaque_type(name, 0, 1));
  if (packs_structs_) {
    type.problem = format("the layout of '{}' is subject to #pragma pack", name);
  } else {
    StructLayout(*this, declaration, arguments).measure(type);
  }
  // A struct that was cut off because others nest too deeply may be fine elsewhere.
  if (depth_ < kMaxDepth / 2) structures_.emplace(name, type);
  return type;
}

}  // namespace sennit
