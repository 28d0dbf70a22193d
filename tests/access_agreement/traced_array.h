// access_agreement/traced_array.h: an array for a kernel's parameter, between two guard zones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "backend/cpu/compiler/frontend.h"

namespace sennit::access_corpus {

void fill_with_floats(std::span<std::byte> bytes, std::mt19937_64& random);

class TracedArray {
 public:
  // Far more elements than the kernels' indices reach. Numbers in it are below `size`, so that they
  // can be indices too; pointers are null.
  TracedArray(const cpu::Parameter& parameter, int size, std::mt19937_64& random);

  std::byte* data() { return memory_.data() + begin_; }
  bool holds(const std::byte* address, std::uint64_t bytes) const;
  // In the array or its guards.
  bool is_near(const std::byte* address) const;
  // From the array's nearest end.
  std::ptrdiff_t distance(const std::byte* address) const;
  bool guards_are_whole() const;

 private:
  std::vector<std::byte> memory_;
  std::size_t begin_ = 0;  // in memory_, bytes
  std::size_t bytes_ = 0;
};

}  // namespace sennit::access_corpus
