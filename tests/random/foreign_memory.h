// tests/random/foreign_memory.h: host memory of the program that arrays adopt, and what became of
// it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "random/oracle.h"

namespace sennit::random_programs {

// Once it is given back it is filled with a pattern, which nobody may touch.
class ForeignMemory {
 public:
  explicit ForeignMemory(Observed contents) : memory_(std::move(contents)) {}

  // What is wrong: it was not given back exactly once, was written to afterwards, or had not
  // what is `expected` (nullptr: anything) in it. After the work that uses it.
  std::string check(const Expected* expected) const;

 private:
  class Loan;
  friend std::unique_ptr<Allocation> lend(const std::shared_ptr<ForeignMemory>& memory);
  static constexpr std::uint32_t kGivenBack = 0xdddddddd;

  Observed memory_;
  Observed at_return_;
  std::atomic<int> returns_{0};
};

// Is given back when the allocation is destroyed.
std::unique_ptr<Allocation> lend(const std::shared_ptr<ForeignMemory>& memory);

}  // namespace sennit::random_programs
