// backend/cuda/ptx/scopes.h: which declaration a name in a function's body means.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backend/cuda/ptx/flow.h"

namespace sennit::cuda::ptx {

// Names are looked up from the innermost scope outwards, then in the module. Registers are numbered
// as they are met: "%r<1000000>" costs nothing.
class Scopes {
 public:
  Scopes(FlowFunction& function, const FlowModule& module);

  void open() { scopes_.emplace_back(); }
  void close() { scopes_.pop_back(); }
  void declare(const Declaration& declaration);
  // Of parameters and results: what the declared name stands for.
  Reference declare_formal(const Declaration& declaration);
  Reference find(std::string_view name);

 private:
  struct Scope {
    std::unordered_map<std::string_view, Reference> names;
    std::unordered_map<std::string_view, std::uint32_t> ranges;  // "%r", 5
  };
  bool find_declared(std::string_view name, Reference& found);
  Reference add_register();

  FlowFunction& function_;
  const FlowModule& module_;
  std::vector<Scope> scopes_;
};

}  // namespace sennit::cuda::ptx
