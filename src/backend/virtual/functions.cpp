// backend/virtual/functions.cpp: the registry of host functions.
#include "backend/virtual/functions.h"

#include "base/text.h"

namespace sennit {
namespace {

// Of the host function that this thread runs.
struct Running {
  const void* module = nullptr;
  RunningModule::Find find = nullptr;
};
thread_local Running running;

}  // namespace

FunctionRegistry& FunctionRegistry::process() {
  // Never destroyed: a test's static objects may still register or look up.
  static FunctionRegistry& registry = *new FunctionRegistry;
  return registry;
}

void FunctionRegistry::add_function(std::string name, HostFunction body) {
  Lock lock(mutex_);
  functions_[std::move(name)] = std::move(body);
}

void FunctionRegistry::add_variable(std::string name, std::size_t bytes) {
  if (bytes == 0) {
    raise(ErrorCode::InvalidArgument,
          format("variable '{}' of a virtual module has 0 bytes; give its size", name));
  }
  Lock lock(mutex_);
  variables_[std::move(name)] = bytes;
}

HostFunction FunctionRegistry::find_function(std::string_view name) const {
  Lock lock(mutex_);
  const auto found = functions_.find(name);
  return found == functions_.end() ? HostFunction() : found->second;
}

std::vector<std::string> FunctionRegistry::function_names() const {
  Lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, body] : functions_) names.push_back(name);
  return names;
}

std::map<std::string, std::size_t, std::less<>> FunctionRegistry::variables() const {
  Lock lock(mutex_);
  return variables_;
}

RunningModule::RunningModule(const void* module, Find find) { running = {module, find}; }

RunningModule::~RunningModule() { running = {}; }

void* current_variable(std::string_view name) {
  if (running.find == nullptr) {
    fail(format("variable '{}' was asked for outside of a host function", name));
  }
  void* const found = running.find(running.module, name);
  if (found == nullptr) {
    fail(format("variable '{}' was not registered when the module was loaded", name));
  }
  return found;
}

}  // namespace sennit
