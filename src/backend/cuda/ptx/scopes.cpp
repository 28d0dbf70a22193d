#include "backend/cuda/ptx/scopes.h"

namespace sennit::cuda::ptx {

Scopes::Scopes(FlowFunction& function, const FlowModule& module)
    : function_(function), module_(module) {
  open();
}

void Scopes::declare(const Declaration& declaration) {
  const std::string_view space = declaration.space();
  for (const Declarator& declarator : declaration.declarators) {
    Scope& scope = scopes_.back();
    if (space == ".reg") {
      if (declarator.count != 0) {
        scope.ranges[declarator.name] = declarator.count;
      } else {
        scope.names[declarator.name] = add_register();
      }
      continue;
    }
    Reference reference;
    reference.kind = Reference::Kind::Local;
    reference.index = static_cast<std::uint32_t>(function_.variables.size());
    function_.variables.push_back({space_of(declaration), declaration.has(".extern"),
                                   declared_bytes(declaration, declarator)});
    scope.names[declarator.name] = reference;
  }
}

Reference Scopes::declare_formal(const Declaration& declaration) {
  declare(declaration);
  return find(declaration.declarators.front().name);
}

Reference Scopes::find(std::string_view name) {
  Reference found;
  if (name == "_") {
    found.kind = Reference::Kind::Sink;
    return found;
  }
  if (find_declared(name, found)) return found;
  if (const auto global = module_.names.find(name); global != module_.names.end()) {
    return global->second;
  }
  // Where barriers of a whole grid keep their count.
  if (name.starts_with("%envreg")) {
    found.kind = Reference::Kind::Driver;
    return found;
  }
  // "%v.x" of a vector, "%r.b0" of a video instruction.
  if (const std::size_t dot = name.find('.');
      dot != std::string_view::npos && find_declared(name.substr(0, dot), found)) {
    found.partial = true;
    return found;
  }
  return {};
}

bool Scopes::find_declared(std::string_view name, Reference& found) {
  std::size_t digits = name.size();
  while (digits > 0 && name[digits - 1] >= '0' && name[digits - 1] <= '9') --digits;
  std::int64_t number = -1;
  // Not "%r01", which is no name of the range.
  if (digits < name.size() && name.size() - digits <= 10 &&
      (name[digits] != '0' || digits + 1 == name.size())) {
    number = 0;
    for (const char c : name.substr(digits)) number = number * 10 + (c - '0');
  }
  for (std::size_t i = scopes_.size(); i-- > 0;) {
    Scope& scope = scopes_[i];
    if (const auto known = scope.names.find(name); known != scope.names.end()) {
      found = known->second;
      return true;
    }
    if (number < 0) continue;
    const auto range = scope.ranges.find(name.substr(0, digits));
    if (range == scope.ranges.end() || number >= std::int64_t{range->second}) continue;
    found = add_register();
    scope.names.emplace(name, found);
    return true;
  }
  return false;
}

Reference Scopes::add_register() {
  Reference reference;
  reference.kind = Reference::Kind::Register;
  reference.index = function_.register_count++;
  return reference;
}

}  // namespace sennit::cuda::ptx
