#include "backend/cuda/ptx/access.h"

#include <algorithm>
#include <memory>

#include "backend/cuda/ptx/effects.h"
#include "backend/cuda/ptx/interpreter.h"

namespace sennit::cuda::ptx {
namespace {

// Instructions that a module's analysis may look at: some hundred times each is far more than any
// compiler's code takes, and a second of a slow machine.
constexpr std::int64_t kSteps = 2'000'000;
constexpr std::int64_t kStepsPerInstruction = 100;

// What the parameter holds when the kernel starts.
Origins parameter_origin(const Declaration& parameter, std::uint32_t index, bool marks_pointers,
                         OriginSets& sets) {
  const Declarator& declarator = parameter.declarators.front();
  const std::size_t bytes = declared_bytes(parameter, declarator);
  if (parameter.has(".ptr")) return sets.of({OriginKind::Parameter, index});
  // A struct, which may hold pointers.
  if (!declarator.dimensions.empty() || bytes > 8) return sets.loaded();
  const bool is_integer = bytes == 8 && parameter.type() != ".f64";
  if (!is_integer) return sets.number();
  return sets.of({marks_pointers ? OriginKind::Unmarked : OriginKind::Candidate, index});
}

// Of a kernel that was too much: anything may happen.
KernelAccess anything(const FlowModule& module, const FlowFunction& kernel) {
  KernelAccess access;
  access.touches_untracked = true;
  for (const Declaration& declaration : kernel.function->parameters) {
    const Declarator& declarator = declaration.declarators.front();
    ParameterUse& use = access.parameters.emplace_back();
    if (!declarator.dimensions.empty() || declared_bytes(declaration, declarator) != 8) continue;
    use.is_pointer = use.reads = use.writes = use.escapes = use.reads_old_contents = true;
  }
  for (const ModuleVariable& variable : module.variables) {
    if (variable.space != Space::Global && variable.space != Space::Const) continue;
    VariableUse& use = access.variables.emplace_back();
    use.name = variable.name;
    use.reads = true;
    use.writes = variable.space == Space::Global;
  }
  std::sort(access.variables.begin(), access.variables.end(),
            [](const VariableUse& a, const VariableUse& b) { return a.name < b.name; });
  return access;
}

// One kernel, from its parameters to its effects; null if it was too much.
std::unique_ptr<Effects> analyse(const FlowModule& module, std::uint32_t index,
                                 std::int64_t& steps) {
  OriginSets sets;
  const std::vector<Declaration>& declared = module.functions[index].function->parameters;
  const bool marks_pointers = std::any_of(declared.begin(), declared.end(),
                                          [](const Declaration& p) { return p.has(".ptr"); });
  std::vector<Origins> parameters;
  for (const Declaration& parameter : declared) {
    const auto number = static_cast<std::uint32_t>(parameters.size());
    parameters.push_back(parameter_origin(parameter, number, marks_pointers, sets));
  }
  Interpreter interpreter(module, sets, steps);
  if (!interpreter.run(index, parameters)) return nullptr;
  auto effects = std::make_unique<Effects>(module, sets, declared);
  interpreter.report(*effects);
  effects->finish(interpreter);
  return effects;
}

}  // namespace

std::vector<KernelAccess> infer_access(const Module& module) {
  const FlowModule flow = flow_of(module);
  std::int64_t steps = kSteps;
  for (const FlowFunction& function : flow.functions) {
    steps += kStepsPerInstruction * static_cast<std::int64_t>(function.instructions.size());
  }
  // Variables that code elsewhere may know, because they are its own, another variable holds their
  // address, or a kernel gives it away.
  std::vector<bool> exposed = flow.variable_in_initializer;
  for (std::size_t i = 0; i < flow.variables.size(); ++i) {
    if (flow.variables[i].is_extern) exposed[i] = true;
  }
  std::vector<std::pair<const FlowFunction*, std::unique_ptr<Effects>>> kernels;
  for (std::uint32_t i = 0; i < flow.functions.size(); ++i) {
    const FlowFunction& function = flow.functions[i];
    if (!function.function->is_kernel || !function.function->has_body) continue;
    kernels.emplace_back(&function, analyse(flow, i, steps));
    if (const auto& effects = kernels.back().second) {
      for (const std::uint32_t variable : effects->escaped_variables()) exposed[variable] = true;
    } else {
      exposed.assign(exposed.size(), true);
    }
  }
  std::vector<KernelAccess> result;
  for (const auto& [kernel, effects] : kernels) {
    result.push_back(effects ? effects->take(exposed) : anything(flow, *kernel));
    result.back().kernel = kernel->function->name;
  }
  return result;
}

}  // namespace sennit::cuda::ptx
