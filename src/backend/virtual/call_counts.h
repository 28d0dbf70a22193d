// backend/virtual/call_counts.h: how often a backend was called, and what of it is alive.
#pragma once

#include <cstdint>

namespace sennit {

struct CallCounts {
  std::uint64_t launches = 0;  // commands of graphs are not counted: Graph::launch is one call
  std::uint64_t copies = 0;
  std::uint64_t fills = 0;
  std::uint64_t host_calls = 0;
  std::uint64_t graph_launches = 0;
  std::uint64_t records = 0;
  std::uint64_t waits = 0;
  std::uint64_t event_queries = 0;
  std::uint64_t event_syncs = 0;
  std::uint64_t allocations = 0;  // of device and host memory
  std::uint64_t frees = 0;
  bool operator==(const CallCounts&) const = default;

  // What goes to a driver for the work itself.
  std::uint64_t submissions() const {
    return launches + copies + fills + host_calls + graph_launches + records + waits;
  }
};

// Objects that exist now: all zero when everything was released.
struct LiveCounts {
  int streams = 0;
  int events = 0;
  int graphs = 0;
  int modules = 0;
  int allocations = 0;       // device memory
  int host_allocations = 0;  // of allocate_host
  bool operator==(const LiveCounts&) const = default;
};

}  // namespace sennit
