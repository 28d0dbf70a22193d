// backend/virtual/machine.h: what a virtual machine consists of, and what things cost on it.
//
// Built in code, or read from a text file with one setting a line; `#` starts a comment, later
// lines win, times are in µs and rates in bytes per second:
//
//   devices 2
//   memory own                 # or `shared`: the devices use the host's memory
//   memory_bytes 17179869184   # of each device; 0: not limited
//   concurrent_kernels 0       # of each device; 0: any number
//   launch_us 2.5              # the host's time for queueing one command
//   crossing_us 0.64           # from the end of one stream's work to its waiter in another
//   host_waits no              # `yes`: what is queued after Event::sync starts after that event
//   bytes_per_second 2e12      # of a device's memory: fills, and copies within a device
//   link host 0 50e9 1.5       # from, to, bytes per second, latency; a device, `host` or `*`
//   kernel_us 1                # of kernels without a line of their own
//   kernel 10 0.002 scale<float, 4>     # of a launch, more for each block, the kernel's name
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace sennit {

struct VirtualMachine {
  static constexpr int kAny = -2;
  struct Link {
    int from = kAny;  // CopyCommand::kHost, a device, or kAny
    int to = kAny;
    double bytes_per_second = 50e9;
    double latency_us = 0;
  };
  struct KernelCost {
    double fixed_us = 1;
    double per_block_us = 0;
  };

  int devices = 1;
  bool shares_host_memory = false;
  std::size_t memory_bytes = 0;  // of each device; 0: not limited
  int concurrent_kernels = 0;    // of each device; 0: not limited
  double launch_us = 0;
  double crossing_us = 0;
  bool host_waits = false;
  double bytes_per_second = 2e12;
  double kernel_us = 1;  // of kernels that are not in `kernels`
  std::map<std::string, KernelCost, std::less<>> kernels;
  std::vector<Link> links = {Link{}};  // the last that fits counts

  // Raises InvalidArgument with `file`, the line and what is wrong there.
  static VirtualMachine parse(std::string_view text, std::string_view file);
  // Raises Unavailable if the file cannot be read.
  static VirtualMachine read_file(const std::string& path);

  // REQUIRES: `links` has one for every pair, such as the first that it begins with.
  const Link& link(int from, int to) const;
  // What a launch takes on the clock.
  double launch_duration_us(std::string_view kernel, const LaunchConfig& config) const;
  // The same for kernels in `kernels`; nullopt for others, as on a device that never ran them.
  std::optional<double> known_duration_us(std::string_view kernel,
                                          const LaunchConfig& config) const;
};

}  // namespace sennit
