// memory/location.h: where a replica of an array is.
#pragma once

#include <cstdint>

namespace sennit {

// The host, a device with memory of its own, or *zero*: nowhere, and reads as zeros.
// A device that shares the host's memory has the host's location.
struct Location {
  static constexpr int kMaxDevices = 62;
  std::uint8_t index = 0;

  static constexpr Location host() { return {0}; }
  static constexpr Location zero() { return {63}; }
  // The `k`-th device with memory of its own, k < kMaxDevices.
  static constexpr Location device(int k) { return {static_cast<std::uint8_t>(k + 1)}; }

  constexpr bool is_host() const { return index == 0; }
  constexpr bool is_zero() const { return index == 63; }
  constexpr std::uint64_t bit() const { return std::uint64_t{1} << index; }
  constexpr bool operator==(const Location&) const = default;
};

}  // namespace sennit
