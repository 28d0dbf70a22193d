// backend/virtual/clock.h: when commands start and end on a machine that is not there.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "backend/virtual/machine.h"

namespace sennit {

// Serves one piece of work at a time. Work that is reserved later may start earlier, in a gap.
class VirtualEngine {
 public:
  // The earliest start, not before `ready_us`, at which the engine is free for so long.
  double earliest(double ready_us, double duration_us) const;
  // REQUIRES: `start_us` is what `earliest` said.
  void reserve(double start_us, double duration_us);

 private:
  // Gaps older than the last so many pieces of work are no longer filled.
  static constexpr std::size_t kMostPieces = 1024;

  std::map<double, double> busy_;  // start -> end; disjoint, and apart from each other
  double closed_until_us_ = 0;
};

struct VirtualSpan {
  double start_us = 0;
  double end_us = 0;
};

class VirtualClock {
 public:
  explicit VirtualClock(const VirtualMachine& machine);

  // The host's own time: it moves as the host queues commands and, where the machine says
  // `host_waits`, as it waits for them.
  double host_us() const { return host_us_; }
  void host_submits() { host_us_ += machine_.launch_us; }
  void host_waited_until(double us);

  // Each finds a place for work of `device` that may start at `ready_us`, and takes it.
  VirtualSpan launch(int device, double ready_us, double duration_us);
  VirtualSpan copy(int from_device, int to_device, std::size_t bytes, double ready_us);
  VirtualSpan fill(std::size_t bytes, double ready_us);
  VirtualSpan host_call(double ready_us) { return take(ready_us, 0); }

  double makespan_us() const { return makespan_us_; }

 private:
  struct DeviceEngines {
    std::vector<VirtualEngine> kernels;  // empty: any number at once
    VirtualEngine copies_in;
    VirtualEngine copies_out;
  };
  VirtualSpan take(double start_us, double duration_us);

  const VirtualMachine machine_;
  std::vector<DeviceEngines> engines_;
  double host_us_ = 0;
  double makespan_us_ = 0;
};

}  // namespace sennit
