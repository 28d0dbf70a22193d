#include "memory/topology.h"

#include <bit>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace sennit {

namespace {

std::size_t count_locations(int devices) {
  if (devices < 0 || devices > Location::kMaxDevices) {
    raise(ErrorCode::InvalidArgument,
          format("{} devices with memory of their own; sennit handles 0 to {}", devices,
                 Location::kMaxDevices));
  }
  return static_cast<std::size_t>(devices) + 1;
}

}  // namespace

Topology::Topology(int devices, double bytes_per_second)
    : count_(count_locations(devices)), bandwidth_(count_ * count_, bytes_per_second) {}

void Topology::set_bandwidth(Location from, Location to, double bytes_per_second) {
  bandwidth_[from.index * count_ + to.index] = bytes_per_second;
}

double Topology::bandwidth(Location from, Location to) const {
  if (from.is_zero()) return std::numeric_limits<double>::infinity();
  return bandwidth_[from.index * count_ + to.index];
}

Location Topology::nearest(std::uint64_t holders, Location to) const {
  Location best = Location::zero();
  double best_bandwidth = -1;
  for (std::uint64_t rest = holders; rest != 0; rest &= rest - 1) {
    const Location candidate{static_cast<std::uint8_t>(std::countr_zero(rest))};
    const double candidate_bandwidth = bandwidth(candidate, to);
    if (candidate_bandwidth > best_bandwidth) {
      best = candidate;
      best_bandwidth = candidate_bandwidth;
    }
  }
  return best;
}

}  // namespace sennit
