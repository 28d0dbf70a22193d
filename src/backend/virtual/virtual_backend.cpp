// backend/virtual/virtual_backend.cpp: opens and closes a virtual machine.
#include "backend/virtual/virtual_backend.h"

#include <cstdio>
#include <cstdlib>

#include "backend/virtual/core.h"
#include "backend/virtual/named_image.h"
#include "backend/virtual/nouns.h"
#include "base/error.h"
#include "base/text.h"

namespace sennit {

VirtualBackend::VirtualBackend(VirtualOptions options)
    : core_(std::make_shared<VirtualCore>(options)) {
  for (int device = 0; device < options.machine.devices; ++device) {
    devices_.push_back(std::make_unique<VirtualDevice>(core_, device));
    device_pointers_.push_back(devices_.back().get());
  }
}

VirtualBackend::~VirtualBackend() {
  core_->run_all();
  core_->forget_released();
  const std::vector<std::string> misuses = core_->take_misuses();
  if (misuses.empty()) return;
  for (const std::string& misuse : misuses) {
    std::fprintf(stderr, "sennit: virtual backend: %s\n", misuse.c_str());
  }
  std::abort();
}

std::span<Device* const> VirtualBackend::devices() { return device_pointers_; }

Image VirtualBackend::compile(const CompileRequest& request, const Device&) {
  for (const std::string& name : request.names) {
    if (core_->registry().find_function(name)) continue;
    if (FunctionRegistry::process().find_function(name)) continue;
    std::vector<std::string> known = core_->registry().function_names();
    for (std::string& other : FunctionRegistry::process().function_names()) {
      known.push_back(std::move(other));
    }
    raise(ErrorCode::CompileFailed,
          format("{}: the virtual backend has no host function '{}'; registered: {}",
                 request.source_name, name, known.empty() ? "none" : join(known)));
  }
  return image_of_names(request.names);
}

FunctionRegistry& VirtualBackend::registry() { return core_->registry(); }
std::vector<Recorded> VirtualBackend::commands() const { return core_->commands(); }
double VirtualBackend::makespan_us() const { return core_->makespan_us(); }
CallCounts VirtualBackend::counts() const { return core_->counts(); }
LiveCounts VirtualBackend::live() const { return core_->live(); }
std::size_t VirtualBackend::pending() const { return core_->pending(); }
void VirtualBackend::run_all() { core_->run_all(); }
void VirtualBackend::reset_observations() { core_->reset_observations(); }
std::vector<std::string> VirtualBackend::take_misuses() { return core_->take_misuses(); }

}  // namespace sennit
