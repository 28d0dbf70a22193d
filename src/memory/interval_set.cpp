#include "memory/interval_set.h"

#include <algorithm>

namespace sennit {
namespace {

// The first range that ends after `at`.
template <typename Ranges>
auto first_after(Ranges& ranges, std::size_t at) {
  return std::upper_bound(ranges.begin(), ranges.end(), at,
                          [](std::size_t value, const ByteRange& r) { return value < r.end; });
}

}  // namespace

void IntervalSet::add(ByteRange range) {
  if (range.empty()) return;
  auto first = first_after(ranges_, range.begin);
  if (first != ranges_.begin() && std::prev(first)->end == range.begin) --first;  // touches
  auto last = first;
  for (; last != ranges_.end() && last->begin <= range.end; ++last) {
    range.begin = std::min(range.begin, last->begin);
    range.end = std::max(range.end, last->end);
  }
  if (first == last) {
    ranges_.insert(first, range);
  } else {
    *first = range;
    ranges_.erase(first + 1, last);
  }
}

void IntervalSet::remove(ByteRange range) {
  if (range.empty()) return;
  auto first = first_after(ranges_, range.begin);
  if (first == ranges_.end()) return;
  if (first->begin < range.begin) {
    const ByteRange upper{range.end, first->end};
    first->end = range.begin;
    ++first;
    if (!upper.empty()) {
      ranges_.insert(first, upper);
      return;
    }
  }
  auto last = first;
  while (last != ranges_.end() && last->end <= range.end) ++last;
  if (last != ranges_.end()) last->begin = std::max(last->begin, range.end);
  ranges_.erase(first, last);
}

std::size_t IntervalSet::bytes() const {
  std::size_t sum = 0;
  for (const ByteRange& range : ranges_) sum += range.size();
  return sum;
}

bool IntervalSet::covers(ByteRange range) const {
  return range.empty() || range_at(range.begin).end >= range.end;
}

bool IntervalSet::overlaps(ByteRange range) const {
  if (range.empty()) return false;
  const auto it = first_after(ranges_, range.begin);
  return it != ranges_.end() && it->begin < range.end;
}

void IntervalSet::parts(ByteRange range, std::vector<ByteRange>& out) const {
  if (range.empty()) return;
  for (auto it = first_after(ranges_, range.begin); it != ranges_.end() && it->begin < range.end;
       ++it) {
    out.push_back(it->intersect(range));
  }
}

ByteRange IntervalSet::range_at(std::size_t offset) const {
  const auto it = first_after(ranges_, offset);
  return it != ranges_.end() && it->begin <= offset ? *it : ByteRange{offset, offset};
}

ByteRange IntervalSet::gap_at(std::size_t offset) const {
  const auto it = first_after(ranges_, offset);
  if (it != ranges_.end() && it->begin <= offset) return {offset, offset};
  return {it == ranges_.begin() ? 0 : std::prev(it)->end, it == ranges_.end() ? kNoEnd : it->begin};
}

}  // namespace sennit
