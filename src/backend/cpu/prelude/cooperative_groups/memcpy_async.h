// cooperative_groups/memcpy_async.h: copies by all threads of a group, done when `wait` returns.
#pragma once

#include "cooperative_groups.h"

namespace cooperative_groups {

template <typename Group, typename T>
_SNT_INLINE void memcpy_async(const Group& group, T* to, const T* from, size_t bytes) {
  char* target = reinterpret_cast<char*>(to);
  const char* source = reinterpret_cast<const char*>(from);
  const size_t threads = group.size();
  for (size_t i = group.thread_rank(); i < bytes / sizeof(T); i += threads) to[i] = from[i];
  const size_t whole = bytes / sizeof(T) * sizeof(T);
  for (size_t i = whole + group.thread_rank(); i < bytes; i += threads) target[i] = source[i];
}
template <typename Group, typename T, typename U>
_SNT_INLINE void memcpy_async(const Group& group, T* to, size_t to_count, const U* from,
                              size_t from_count) {
  const size_t count = to_count < from_count ? to_count : from_count;
  for (size_t i = group.thread_rank(); i < count; i += group.size()) to[i] = from[i];
}
template <typename Group>
_SNT_INLINE void wait(const Group& group) {
  group.sync();
}
template <unsigned, typename Group>
_SNT_INLINE void wait_prior(const Group& group) {
  group.sync();
}

}  // namespace cooperative_groups
