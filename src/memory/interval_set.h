// memory/interval_set.h: a set of bytes, kept as disjoint ranges.
#pragma once

#include <cstddef>
#include <vector>

#include "base/access.h"

namespace sennit {

// Ranges are ascending, not empty, and never touch: equal sets have equal ranges.
class IntervalSet {
 public:
  static constexpr std::size_t kNoEnd = ~std::size_t{0};

  IntervalSet() = default;
  explicit IntervalSet(ByteRange range) { add(range); }

  void add(ByteRange range);
  void remove(ByteRange range);
  void clear() { ranges_.clear(); }

  bool empty() const { return ranges_.empty(); }
  std::size_t bytes() const;
  bool contains(std::size_t offset) const { return !range_at(offset).empty(); }
  // Every byte of `range` is in the set, or some: an empty range is covered and overlaps nothing.
  bool covers(ByteRange range) const;
  bool overlaps(ByteRange range) const;

  // The parts of `range` that are in the set, ascending. Appends.
  void parts(ByteRange range, std::vector<ByteRange>& out) const;
  // The range of the set that contains `offset`; empty if none does.
  ByteRange range_at(std::size_t offset) const;
  // The range without the set around `offset`: from one range's end, or 0, to the next one's
  // begin, or kNoEnd. Empty if `offset` is in the set.
  ByteRange gap_at(std::size_t offset) const;

  const std::vector<ByteRange>& ranges() const { return ranges_; }
  bool operator==(const IntervalSet&) const = default;

 private:
  std::vector<ByteRange> ranges_;
};

}  // namespace sennit
