#include "fake_cuda/control.h"

#include <cstring>
#include <numeric>
#include <string_view>

#include "fake_cuda/api.h"

using namespace fake_cuda;

namespace {

std::lock_guard<std::mutex> locked() { return std::lock_guard(machine().mutex); }

}  // namespace

void fake_cuda_reset(const fake_cuda_config* config) {
  const auto lock = locked();
  machine().reset(*config);
}

void fake_cuda_set_kernels(const fake_cuda_kernels* kernels) {
  const auto lock = locked();
  machine().kernels = *kernels;
}

void fake_cuda_seed(std::uint64_t seed) {
  const auto lock = locked();
  machine().seed(seed);
}

void fake_cuda_run_all() {
  const auto lock = locked();
  machine().run_all();
}

std::uint64_t fake_cuda_calls(const char* function) {
  const auto lock = locked();
  const auto& calls = machine().calls;
  if (function == nullptr) return std::accumulate(calls.begin(), calls.end(), std::uint64_t{0});
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (std::strcmp(table()[i].name, function) == 0) return calls[i];
  }
  return 0;
}

void fake_cuda_reset_calls() {
  const auto lock = locked();
  machine().calls.fill(0);
}

void fake_cuda_refuse(const char* function, int result) {
  const auto lock = locked();
  for (std::size_t i = 0; i < table().size(); ++i) {
    if (std::strcmp(table()[i].name, function) == 0) {
      machine().refusals[i] = static_cast<CUresult>(result);
    }
  }
}

std::uint64_t fake_cuda_blocked() {
  const auto lock = locked();
  return machine().blocked;
}

std::size_t fake_cuda_live(const char* kind_text) {
  const auto lock = locked();
  const Machine& m = machine();
  const std::string_view kind = kind_text;
  if (kind == "stream") return m.streams.size();
  if (kind == "event") return m.events.size();
  if (kind == "module") return m.modules.size();
  if (kind == "link") return m.links.size();
  if (kind == "graph") return m.graphs.size();
  if (kind == "executable") return m.executables.size();
  if (kind == "pool") return m.pools.size();
  if (kind == "allocation") return m.memory.live_blocks(false);
  if (kind == "pinned") return m.memory.live_blocks(true);
  return static_cast<std::size_t>(-1);
}

const char* fake_cuda_take_misuse() {
  static std::string& taken = *new std::string;
  const auto lock = locked();
  Machine& m = machine();
  if (m.misuses.empty()) return nullptr;
  taken = std::move(m.misuses.front());
  m.misuses.pop_front();
  return taken.c_str();
}

void* fake_cuda_variable(const void* module, const char* name) {
  // Without the lock: variables of a module do not change, and a launch keeps its module.
  const auto& variables = static_cast<const Module*>(module)->variables;
  const auto found = variables.find(std::string_view(name));
  return found == variables.end() ? nullptr : found->second->address;
}
