// memory/topology.h: which locations there are, and how fast bytes move between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "memory/location.h"

namespace sennit {

class Topology {
 public:
  // The host and `devices` devices with memory of their own, every link alike.
  explicit Topology(int devices = 0, double bytes_per_second = 50e9);

  // Host included, zero not.
  std::size_t location_count() const { return count_; }

  // REQUIRES: neither is *zero*.
  void set_bandwidth(Location from, Location to, double bytes_per_second);
  // From *zero*: infinite, nothing moves. REQUIRES: `to` is not *zero*.
  double bandwidth(Location from, Location to) const;

  // The location in `holders` (a mask of Location::bit, not empty) from which bytes reach `to`
  // soonest; ties go to the lower index.
  Location nearest(std::uint64_t holders, Location to) const;

 private:
  std::size_t count_;
  std::vector<double> bandwidth_;  // [from * count_ + to]
};

}  // namespace sennit
