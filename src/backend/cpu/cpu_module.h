// backend/cpu/cpu_module.h: loaded machine code, as backend.h sees it.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "backend/backend.h"
#include "backend/cpu/compiler/loader.h"
#include "backend/cpu/cpu_function.h"

namespace sennit::cpu {

class CpuModule final : public Module {
 public:
  CpuModule(std::unique_ptr<LoadedModule> code, unsigned workers);

  Function& function(std::string_view name) override;
  std::optional<ModuleVariable> variable(std::string_view name) override;

 private:
  std::unique_ptr<LoadedModule> code_;
  std::deque<CpuFunction> functions_;
};

}  // namespace sennit::cpu
