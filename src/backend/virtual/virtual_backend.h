// backend/virtual/virtual_backend.h: a machine that is not there, for tests and for planning.
//
// Kernels are registered host functions (functions.h). Nothing runs when it is queued: queued work
// runs when somebody waits (Event::sync), and at the whim of a seeded generator when somebody
// asks (Event::is_done), in a random order among all that stream order and event waits allow.
// A dependency that the scheduler forgot is thus found by some seed, and found again by that seed.
//
// Beside it runs a virtual clock. When a command starts and ends is worked out as it is queued,
// from stream order, waits, engines and the machine's costs, whatever the seed does:
//
//   * a device runs any number of kernels at once, or machine.concurrent_kernels;
//   * it has one copy engine for each direction; a fill or a copy within a device uses none;
//   * a busy engine serves in the order of queueing, and fills its gaps with what is ready.
//
// The backend watches its caller: commands on memory that is not there, and memory or modules
// released while queued work names them, are Internal errors. A destructor cannot raise: what it
// finds is raised by the next call that can, and if there is none, the backend's own destructor
// ends the process, so that no test passes over it.
//
// Thread-safe; deterministic for a seed as long as one thread calls.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "backend/virtual/call_counts.h"
#include "backend/virtual/functions.h"
#include "backend/virtual/machine.h"

namespace sennit {

struct VirtualOptions {
  VirtualMachine machine;
  std::uint64_t seed = 1;
  bool keep_commands = true;  // false: `commands` stays empty, for runs without end
};

// A queued command and its times on the virtual clock.
struct Recorded {
  enum class Kind : std::uint8_t { Launch, Copy, Fill, HostCall };
  Kind kind = Kind::Launch;
  std::string name;  // of the kernel; "copy", "fill" or "host call" otherwise
  int device = 0;    // of the stream
  int stream = 0;    // within the backend, in order of creation
  CommandTag tag = 0;
  double start_us = 0;
  double end_us = 0;
  LaunchConfig config;                   // of a launch
  std::size_t bytes = 0;                 // of a copy or fill
  int from_device = CopyCommand::kHost;  // of a copy
  int to_device = CopyCommand::kHost;    // of a copy
  bool in_graph = false;                 // a node of a graph, queued by its launch
};

class VirtualCore;

class VirtualBackend final : public Backend {
 public:
  explicit VirtualBackend(VirtualOptions options = {});
  ~VirtualBackend() override;  // runs what is queued

  std::string_view name() const override { return "virtual"; }
  std::span<Device* const> devices() override;
  // The source is not looked at. Raises CompileFailed for a name that nobody registered.
  Image compile(const CompileRequest& request, const Device& device) override;
  std::string compiler_key() const override { return {}; }  // compiles nothing

  // Functions and variables that only this backend knows.
  FunctionRegistry& registry();

  // In order of queueing.
  std::vector<Recorded> commands() const;
  // The end of the last command on the virtual clock.
  double makespan_us() const;
  CallCounts counts() const;
  LiveCounts live() const;
  // Commands queued and not yet run.
  std::size_t pending() const;
  // Runs all that is queued.
  void run_all();
  // Starts over with counts, commands and clock. REQUIRES: nothing is pending.
  void reset_observations();
  // Faults of the caller that a destructor found and nobody was told of yet.
  std::vector<std::string> take_misuses();

 private:
  std::shared_ptr<VirtualCore> core_;
  std::vector<std::unique_ptr<Device>> devices_;
  std::vector<Device*> device_pointers_;
};

}  // namespace sennit
