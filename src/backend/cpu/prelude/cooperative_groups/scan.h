// cooperative_groups/scan.h: prefix sums over the threads of a tile or coalesced group.
#pragma once

#include "cooperative_groups/reduce.h"

namespace cooperative_groups {

template <typename Group, typename T, typename Combine>
_SNT_INLINE T inclusive_scan(const Group& group, T value, Combine&& combine) {
  const unsigned rank = static_cast<unsigned>(group.thread_rank());
  for (unsigned distance = 1; distance < group.size(); distance *= 2) {
    const T before = group.shfl_up(value, distance);
    if (rank >= distance) value = combine(before, value);
  }
  return value;
}
template <typename Group, typename T>
_SNT_INLINE T inclusive_scan(const Group& group, T value) {
  return inclusive_scan(group, value, plus<T>());
}
// The first thread gets T().
template <typename Group, typename T, typename Combine>
_SNT_INLINE T exclusive_scan(const Group& group, T value, Combine&& combine) {
  const T before = group.shfl_up(inclusive_scan(group, value, combine), 1);
  return group.thread_rank() == 0 ? T() : before;
}
template <typename Group, typename T>
_SNT_INLINE T exclusive_scan(const Group& group, T value) {
  return exclusive_scan(group, value, plus<T>());
}

}  // namespace cooperative_groups
