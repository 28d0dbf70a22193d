// backend/virtual/core_state.cpp: memory, modules and observations of a virtual machine.
#include <algorithm>

#include "backend/virtual/core.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit {

// ---- Memory and modules ------------------------------------------------------------------------

VirtualMemory::BlockPtr VirtualCore::allocate(int device, bool on_host, std::size_t bytes) {
  Lock lock(mutex_);
  raise_misuse();
  raise_if_lost(device);
  auto block = memory_.allocate(on_host ? CopyCommand::kHost : device, bytes);
  ++counts_.allocations;
  ++(on_host ? live_.host_allocations : live_.allocations);
  return block;
}

void VirtualCore::release(const VirtualMemory::BlockPtr& block, bool on_host) {
  Lock lock(mutex_);
  ++counts_.frees;
  --(on_host ? live_.host_allocations : live_.allocations);
  if (auto misuse = memory_.release(block)) misuses_.push_back(std::move(*misuse));
}

std::vector<std::shared_ptr<VirtualFunction>> VirtualCore::load(
    int device, const std::vector<std::string>& names) {
  auto sizes = FunctionRegistry::process().variables();
  for (const auto& [name, bytes] : registry_.variables()) sizes[name] = bytes;
  std::vector<std::shared_ptr<VirtualFunction>> functions;
  for (const std::string& name : names) {
    HostFunction body = registry_.find_function(name);
    if (!body) body = FunctionRegistry::process().find_function(name);
    if (!body) {
      raise(ErrorCode::InvalidArgument,
            format("kernel '{}' is not registered in this process; call register_function before "
                   "loading it",
                   name));
    }
    functions.push_back(std::make_shared<VirtualFunction>(name, std::move(body), device, machine_));
  }
  Lock lock(mutex_);
  raise_misuse();
  raise_if_lost(device);
  auto variables = std::make_shared<VirtualFunction::Variables>();
  for (const auto& [name, bytes] : sizes) {
    auto block = memory_.allocate(device, bytes);
    std::fill_n(block->address, bytes, std::byte{0});
    variables->emplace(name, std::move(block));
  }
  for (const auto& function : functions) function->variables = variables;
  ++live_.modules;
  return functions;
}

void VirtualCore::unload(const std::vector<std::shared_ptr<VirtualFunction>>& functions) {
  Lock lock(mutex_);
  --live_.modules;
  for (const auto& function : functions) {
    if (function->queued == 0) continue;
    misuses_.push_back(
        format("the module of kernel '{}' was released while {} launches of it are "
               "queued",
               function->info().name, function->queued));
  }
  if (functions.empty()) return;
  for (const auto& [name, block] : *functions.front()->variables) {
    if (auto misuse = memory_.release(block)) misuses_.push_back(std::move(*misuse));
  }
}

void VirtualCore::forget_released() {
  Lock lock(mutex_);
  for (std::string& misuse : memory_.forget_released()) misuses_.push_back(std::move(misuse));
}

std::vector<std::string> VirtualCore::take_misuses() {
  Lock lock(mutex_);
  return std::exchange(misuses_, {});
}

// ---- Failures, timings, observations -----------------------------------------------------------

std::optional<Failure> VirtualCore::take_failure(int device) {
  DeviceState& from = state(device);
  if (from.failure_count.load(std::memory_order_relaxed) == 0) return std::nullopt;
  Lock lock(mutex_);
  if (from.failures.empty()) return std::nullopt;
  Failure failure = std::move(from.failures.front());
  from.failures.pop_front();
  from.failure_count.store(from.failures.size(), std::memory_order_release);
  return failure;
}

double VirtualCore::now_us() const {
  Lock lock(mutex_);
  return clock_.host_us();
}

void VirtualCore::record_timings(int device, bool on) {
  Lock lock(mutex_);
  state(device).timed = on;
}

void VirtualCore::take_timings(int device, std::vector<Timing>& out) {
  Lock lock(mutex_);
  std::vector<Timing>& timings = state(device).timings;
  out.insert(out.end(), timings.begin(), timings.end());
  timings.clear();
}

void VirtualCore::count_event(int change) {
  Lock lock(mutex_);
  live_.events += change;
}

void VirtualCore::count_graph(int change) {
  Lock lock(mutex_);
  live_.graphs += change;
}

std::vector<Recorded> VirtualCore::commands() const {
  Lock lock(mutex_);
  return commands_;
}

double VirtualCore::makespan_us() const {
  Lock lock(mutex_);
  return clock_.makespan_us();
}

CallCounts VirtualCore::counts() const {
  Lock lock(mutex_);
  return counts_;
}

LiveCounts VirtualCore::live() const {
  Lock lock(mutex_);
  return live_;
}

void VirtualCore::reset_observations() {
  Lock lock(mutex_);
  commands_.clear();
  counts_ = {};
}

}  // namespace sennit
