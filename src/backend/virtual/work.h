// backend/virtual/work.h: a queued command, with all that it needs until it runs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backend/virtual/functions.h"
#include "backend/virtual/memory.h"

namespace sennit {

// A kernel loaded on a device. Shared: queued work keeps it, whatever becomes of its module.
class VirtualFunction final : public Function,
                              public std::enable_shared_from_this<VirtualFunction> {
 public:
  using Variables = std::map<std::string, VirtualMemory::BlockPtr, std::less<>>;

  VirtualFunction(std::string name, HostFunction host_function, int of_device,
                  const VirtualMachine& machine)
      : body(std::move(host_function)), device(of_device), machine_(machine) {
    info_.name = std::move(name);
  }
  const FunctionInfo& info() const override { return info_; }
  std::optional<double> typical_us(const LaunchConfig& config, std::size_t) const override {
    return machine_.known_duration_us(info_.name, config);
  }

  const HostFunction body;
  const int device;
  std::shared_ptr<const Variables> variables;  // of its module
  int queued = 0;                              // launches that have not run; guarded by the core

 private:
  FunctionInfo info_;
  const VirtualMachine& machine_;  // of the core, which every module keeps
};

// A command that owns what its spans refer to.
struct OwnedCommand {
  OwnedCommand() = default;
  // Raises InvalidArgument for sizes that the device refuses, Internal for a function of another
  // device.
  OwnedCommand(const Command& command, const DeviceInfo& info, int device);

  Command command;  // the spans of a launch are empty; they are the vectors below
  std::vector<std::byte> parameters;
  std::vector<std::uint32_t> offsets;
  std::shared_ptr<VirtualFunction> function;
};

// A command in a queue.
struct Work {
  OwnedCommand owned;
  CommandTag tag = 0;
  int device = 0;
  double start_us = 0;
  double end_us = 0;
  bool timed = false;                           // its times are wanted by take_timings
  std::vector<VirtualMemory::BlockPtr> blocks;  // that it names
};

// The blocks that a command of `device` names. Raises Internal if one is not there to be used.
std::vector<VirtualMemory::BlockPtr> blocks_of(const OwnedCommand& owned, int device,
                                               int device_count, const VirtualMemory& memory);

// Does what the command says, now. Raises what a kernel's body raises.
void perform(const OwnedCommand& owned);

}  // namespace sennit
