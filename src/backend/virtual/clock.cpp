// backend/virtual/clock.cpp: a list schedule over engines, in order of queueing.
#include "backend/virtual/clock.h"

#include <algorithm>

namespace sennit {

double VirtualEngine::earliest(double ready_us, double duration_us) const {
  double start = std::max(ready_us, closed_until_us_);
  // From the last piece that begins at or before `start`, forward to a gap that is long enough.
  auto piece = busy_.upper_bound(start);
  if (piece != busy_.begin()) start = std::max(start, std::prev(piece)->second);
  while (piece != busy_.end() && piece->first < start + duration_us) {
    start = std::max(start, piece->second);
    ++piece;
  }
  return start;
}

void VirtualEngine::reserve(double start_us, double duration_us) {
  if (duration_us == 0) return;
  double end = start_us + duration_us;
  // Pieces that touch become one, so a busy stretch costs one entry.
  const auto next = busy_.find(end);
  if (next != busy_.end()) {
    end = next->second;
    busy_.erase(next);
  }
  const auto after = busy_.upper_bound(start_us);
  if (after != busy_.begin() && std::prev(after)->second == start_us) {
    std::prev(after)->second = end;
  } else {
    busy_.emplace(start_us, end);
  }
  if (busy_.size() > kMostPieces) {
    closed_until_us_ = busy_.begin()->second;
    busy_.erase(busy_.begin());
  }
}

VirtualClock::VirtualClock(const VirtualMachine& machine)
    : machine_(machine), engines_(static_cast<std::size_t>(machine.devices)) {
  for (DeviceEngines& engines : engines_) {
    engines.kernels.resize(static_cast<std::size_t>(machine.concurrent_kernels));
  }
}

void VirtualClock::host_waited_until(double us) {
  if (machine_.host_waits) host_us_ = std::max(host_us_, us);
}

VirtualSpan VirtualClock::take(double start_us, double duration_us) {
  const VirtualSpan span{start_us, start_us + duration_us};
  makespan_us_ = std::max(makespan_us_, span.end_us);
  return span;
}

VirtualSpan VirtualClock::launch(int device, double ready_us, double duration_us) {
  std::vector<VirtualEngine>& engines = engines_[static_cast<std::size_t>(device)].kernels;
  if (engines.empty()) return take(ready_us, duration_us);
  VirtualEngine* soonest = &engines.front();
  for (VirtualEngine& engine : engines) {
    if (engine.earliest(ready_us, duration_us) < soonest->earliest(ready_us, duration_us)) {
      soonest = &engine;
    }
  }
  const double start = soonest->earliest(ready_us, duration_us);
  soonest->reserve(start, duration_us);
  return take(start, duration_us);
}

VirtualSpan VirtualClock::copy(int from_device, int to_device, std::size_t bytes, double ready_us) {
  if (machine_.shares_host_memory || from_device == to_device) return fill(bytes, ready_us);
  const VirtualMachine::Link& link = machine_.link(from_device, to_device);
  const double duration_us =
      link.latency_us + static_cast<double>(bytes) * 1e6 / link.bytes_per_second;
  VirtualEngine* out = from_device == CopyCommand::kHost
                           ? nullptr
                           : &engines_[static_cast<std::size_t>(from_device)].copies_out;
  VirtualEngine* in = to_device == CopyCommand::kHost
                          ? nullptr
                          : &engines_[static_cast<std::size_t>(to_device)].copies_in;
  // Between two devices both engines must be free at once: each pushes the start until neither
  // does.
  double start = ready_us;
  for (double before = -1; before != start;) {
    before = start;
    if (out != nullptr) start = out->earliest(start, duration_us);
    if (in != nullptr) start = in->earliest(start, duration_us);
  }
  if (out != nullptr) out->reserve(start, duration_us);
  if (in != nullptr) in->reserve(start, duration_us);
  return take(start, duration_us);
}

VirtualSpan VirtualClock::fill(std::size_t bytes, double ready_us) {
  return take(ready_us, static_cast<double>(bytes) * 1e6 / machine_.bytes_per_second);
}

}  // namespace sennit
