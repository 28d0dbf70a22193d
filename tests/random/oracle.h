// tests/random/oracle.h: what a random program means: its operations, one after the other, on
// plain vectors.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "random/program.h"

namespace sennit::random_programs {

// A number, or anything: what is computed from an undefined one is undefined.
struct Element {
  std::uint32_t value = 0;
  bool defined = true;

  Element() = default;
  Element(std::uint32_t number, bool is_defined = true) : value(number), defined(is_defined) {}
  friend Element operator+(Element a, Element b) {
    return {a.value + b.value, a.defined && b.defined};
  }
  friend Element operator*(Element a, Element b) {
    return {a.value * b.value, a.defined && b.defined};
  }
};

// What the host sees of an operation: the elements that it reads, or none.
using Observed = std::vector<std::uint32_t>;
using Expected = std::vector<Element>;

// Empty if all that is defined is as expected.
std::string difference(const Observed& seen, const Expected& expected);

// Memory that an array had adopted, as it was when the array was freed.
struct Returned {
  Expected contents;
  bool at_end = false;  // by `close`
};

// Each array, and the snapshots of each thread, may be used by one thread at a time.
class Oracle {
 public:
  explicit Oracle(const Program& program);

  Expected execute(std::size_t thread, const Operation& operation);
  const Expected& array(int slot) const { return arrays_[static_cast<std::size_t>(slot)]; }
  // By the arrays of `slot`, in order.
  const std::vector<Returned>& returned(int slot) const {
    return returned_[static_cast<std::size_t>(slot)];
  }
  // Frees all arrays.
  void close();
  std::array<std::size_t, kArrays> elements() const;

 private:
  View view(const Operation& operation, int i) const;
  Expected read(const View& view) const;
  void make(std::size_t slot, const NewArray& array);
  void free(std::size_t slot, bool at_end);

  std::array<Expected, kArrays> arrays_;
  std::array<NewArray::Contents, kArrays> contents_{};  // as they were made
  std::array<std::vector<Returned>, kArrays> returned_;
  std::vector<std::array<Expected, kSnapshots>> snapshots_;  // by thread
};

}  // namespace sennit::random_programs
