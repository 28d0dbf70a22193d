// tests/random/oracle.h: what a random program means: its operations, one after the other, on
// plain vectors.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "random/program.h"

namespace sennit::random_programs {

// What the host sees of an operation: the elements that it reads, or none.
using Observed = std::vector<std::uint32_t>;

class Oracle {
 public:
  explicit Oracle(const Program& program);

  Observed execute(std::size_t thread, const Operation& operation);
  const std::vector<std::uint32_t>& array(int slot) const {
    return arrays_[static_cast<std::size_t>(slot)];
  }
  std::array<std::size_t, kArrays> elements() const;

 private:
  View view(const Operation& operation, int i) const;
  Observed read(const View& view) const;

  std::array<std::vector<std::uint32_t>, kArrays> arrays_;
  std::map<std::pair<std::size_t, int>, Observed> snapshots_;  // by thread and number
};

}  // namespace sennit::random_programs
