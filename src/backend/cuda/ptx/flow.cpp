#include "backend/cuda/ptx/flow.h"

#include "backend/cuda/ptx/lexer.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit::cuda::ptx {
namespace {

void collect_file(const Directive& directive, FlowModule& module) {
  std::int64_t number = 0;
  const Tokens& tokens = directive.tokens;
  if (tokens.size() < 3 || !integer_value(tokens[1], number)) return;
  std::string_view path = tokens[2];
  if (path.size() < 2 || path.front() != '"') return;
  path = path.substr(1, path.size() - 2);
  path.remove_prefix(path.rfind('/') + 1);  // 0 if there is none
  module.files[static_cast<std::uint32_t>(number)] = path;
}

void collect_variables(const Declaration& declaration, FlowModule& module) {
  if (declaration.space() == ".reg") return;  // nothing that PTX of today has
  for (const Declarator& declarator : declaration.declarators) {
    Reference reference;
    reference.kind = Reference::Kind::Module;
    reference.index = static_cast<std::uint32_t>(module.variables.size());
    module.variables.push_back({declarator.name, space_of(declaration), declaration.has(".extern"),
                                &declaration, &declarator});
    module.names[declarator.name] = reference;
  }
}

void collect_initializers(FlowModule& module) {
  module.variable_in_initializer.resize(module.variables.size());
  module.function_address_taken.resize(module.functions.size());
  for (const ModuleVariable& variable : module.variables) {
    for (const std::string& token : variable.declarator->initializer) {
      const auto found = module.names.find(token);
      if (found == module.names.end()) continue;
      const bool is_function = found->second.kind == Reference::Kind::Function;
      auto& seen = is_function ? module.function_address_taken : module.variable_in_initializer;
      seen[found->second.index] = true;
    }
  }
}

}  // namespace

Space space_of(const Declaration& declaration) {
  const std::string_view space = declaration.space();
  return space == ".const"    ? Space::Const
         : space == ".shared" ? Space::Shared
         : space == ".local"  ? Space::Local
         : space == ".param"  ? Space::Param
                              : Space::Global;
}

FlowModule flow_of(const Module& module) {
  FlowModule flow;
  std::vector<const Function*> functions;
  std::unordered_map<std::string_view, std::size_t> known;
  for (const Item& item : module.items) {
    if (const auto* directive = std::get_if<Directive>(&item)) {
      if (directive->name() == ".file") collect_file(*directive, flow);
      if (directive->name() == ".address_size" && directive->tokens.back() == "32") {
        raise(ErrorCode::InvalidArgument, "PTX with addresses of 32 bits is not analysed");
      }
    } else if (const auto* declaration = std::get_if<Declaration>(&item)) {
      collect_variables(*declaration, flow);
    } else if (const auto* function = std::get_if<Function>(&item)) {
      // A declaration gives way to the definition.
      const auto [at, added] = known.emplace(function->name, functions.size());
      if (added) {
        functions.push_back(function);
      } else if (!functions[at->second]->has_body) {
        functions[at->second] = function;
      }
    }
  }
  for (std::size_t i = 0; i < functions.size(); ++i) {
    Reference reference;
    reference.kind = Reference::Kind::Function;
    reference.index = static_cast<std::uint32_t>(i);
    flow.names[functions[i]->name] = reference;
  }
  flow.functions.resize(functions.size());
  collect_initializers(flow);
  for (std::size_t i = 0; i < functions.size(); ++i) {
    flow.functions[i] = flow_of(*functions[i], flow);
  }
  return flow;
}

}  // namespace sennit::cuda::ptx
