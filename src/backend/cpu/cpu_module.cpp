// backend/cpu/cpu_module.cpp: loaded machine code, as backend.h sees it.
#include "backend/cpu/cpu_module.h"

#include <utility>
#include <vector>

#include "base/text.h"

namespace sennit::cpu {

CpuModule::CpuModule(std::unique_ptr<LoadedModule> code, unsigned workers)
    : code_(std::move(code)) {
  for (const CompiledKernel& kernel : code_->kernels()) functions_.emplace_back(kernel, workers);
}

Function& CpuModule::function(std::string_view name) {
  for (CpuFunction& function : functions_) {
    const CompiledKernel& kernel = *function.compiled();
    if (kernel.name == name || kernel.lowered_name == name) return function;
  }
  std::vector<std::string_view> known;
  for (const CpuFunction& function : functions_) known.push_back(function.info().name);
  raise(ErrorCode::InvalidArgument, format("the module has no kernel '{}'; it has: {}", name,
                                           known.empty() ? "none" : join(known)));
}

std::optional<ModuleVariable> CpuModule::variable(std::string_view name) {
  for (const LoadedVariable& variable : code_->variables()) {
    if (variable.name == name || variable.lowered_name == name) return variable.variable;
  }
  return std::nullopt;
}

}  // namespace sennit::cpu
