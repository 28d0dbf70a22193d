// backend/virtual/functions.h: the kernels and variables of virtual machines: host functions under
// the names that a compiled kernel would have.
//
// A test registers bodies once, and then compiles by name: the same test runs on a backend with a
// compiler, which uses the source, and on a virtual one, which uses the registered body.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/mutex.h"

namespace sennit {

// Runs a whole launch. `parameters[i]` points to the value of parameter i, as in cuLaunchKernel.
// May throw Error: the launch then fails with it. ErrorCode::DeviceLost takes the device down.
// Runs while the backend is locked: it must not call the backend.
using HostFunction = std::function<void(const LaunchConfig& config, void** parameters)>;

class FunctionRegistry {
 public:
  // What all virtual backends of the process know. A backend's own registry goes before it.
  static FunctionRegistry& process();

  // Replaces an older body of that name; modules that are loaded keep theirs.
  void add_function(std::string name, HostFunction body);
  // A `__device__` variable, zero at first, of each module that is loaded from now on.
  void add_variable(std::string name, std::size_t bytes);

  // Empty if there is none.
  HostFunction find_function(std::string_view name) const;
  std::vector<std::string> function_names() const;
  // Name and bytes.
  std::map<std::string, std::size_t, std::less<>> variables() const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, HostFunction, std::less<>> functions_ SENNIT_GUARDED_BY(mutex_);
  std::map<std::string, std::size_t, std::less<>> variables_ SENNIT_GUARDED_BY(mutex_);
};

// Registers for all virtual backends of the process.
inline void register_function(std::string name, HostFunction body) {
  FunctionRegistry::process().add_function(std::move(name), std::move(body));
}
inline void register_variable(std::string name, std::size_t bytes) {
  FunctionRegistry::process().add_variable(std::move(name), bytes);
}

// Within a host function: where a registered variable of its module is. Raises Internal elsewhere.
void* current_variable(std::string_view name);

// While it lives, this thread runs a host function of the module whose variables `find` knows
// (nullptr: there is none of that name). For those who run host functions.
class RunningModule {
 public:
  using Find = void* (*)(const void* module, std::string_view variable);
  RunningModule(const void* module, Find find);
  ~RunningModule();
  RunningModule(const RunningModule&) = delete;
  RunningModule& operator=(const RunningModule&) = delete;
};

// Within a host function: parameter i as a T.
template <typename T>
T& parameter(void** parameters, int i) {
  return *static_cast<T*>(parameters[i]);
}

}  // namespace sennit
