// memory/bandwidths.h: how fast bytes move between the devices of this machine: the user's figures,
// or our own, measured once.
//
// The file is GrCUDA's: a line `From,To,Bandwidth`, then one for each pair. -1 is the host, others
// are devices as the runtime numbers them; rates are in GB/s (1e9 bytes per second).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "memory/topology.h"

namespace sennit {

struct Bandwidth {
  static constexpr int kHost = -1;
  int from = kHost;
  int to = kHost;
  double gigabytes_per_second = 0;
};

// Raises InvalidArgument with `file`, the line and what is wrong there.
std::vector<Bandwidth> parse_bandwidths(std::string_view text, std::string_view file);
std::string to_csv(std::span<const Bandwidth> bandwidths);

// Copies a few MiB between the host and each device, and between any two devices. Blocks for some
// milliseconds a pair.
std::vector<Bandwidth> measure_bandwidths(std::span<Device* const> devices);

// Those of `file`; if that is empty, those kept in `cache_dir` for these devices; else measured,
// and kept there. Raises Unavailable if `file` cannot be read, and as `parse_bandwidths`.
std::vector<Bandwidth> find_bandwidths(std::span<Device* const> devices, const std::string& file,
                                       const std::string& cache_dir);

// Sets the links of `topology`, whose devices are those of `devices` that have memory of their
// own. As in GrCUDA, rates are whole GB/s, and a link between two devices has the mean of both
// directions. Raises InvalidArgument if a pair is missing.
void set_bandwidths(Topology& topology, std::span<Device* const> devices,
                    std::span<const Bandwidth> bandwidths);

}  // namespace sennit
