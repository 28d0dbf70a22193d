// cooperative_groups/reduce.h: one value made of those of all threads of a tile or coalesced group.
#pragma once

#include "cooperative_groups.h"

namespace cooperative_groups {

#define _SNT_OPERATOR(name, expression)                             \
  template <typename T = void>                                      \
  struct name {                                                     \
    _SNT_INLINE T operator()(T a, T b) const { return expression; } \
  };                                                                \
  template <>                                                       \
  struct name<void> {                                               \
    template <typename U>                                           \
    _SNT_INLINE U operator()(U a, U b) const {                      \
      return expression;                                            \
    }                                                               \
  };
_SNT_OPERATOR(plus, a + b)
_SNT_OPERATOR(less, b < a ? b : a)
_SNT_OPERATOR(greater, a < b ? b : a)
_SNT_OPERATOR(bit_and, a& b)
_SNT_OPERATOR(bit_or, a | b)
_SNT_OPERATOR(bit_xor, a ^ b)
#undef _SNT_OPERATOR

// In the order of a tree; all threads get the result.
template <unsigned tile_size, typename Parent, typename T, typename Combine>
_SNT_INLINE T reduce(const thread_block_tile<tile_size, Parent>& group, T value,
                     Combine&& combine) {
#pragma clang loop unroll(full)
  for (unsigned bits = tile_size / 2; bits > 0; bits /= 2) {
    value = combine(value, group.shfl_xor(value, static_cast<int>(bits)));
  }
  return value;
}
template <typename T, typename Combine>
_SNT_INLINE T reduce(const coalesced_group& group, T value, Combine&& combine) {
  T result = group.shfl(value, 0);
  for (unsigned rank = 1; rank < group.size(); ++rank) {
    result = combine(result, group.shfl(value, static_cast<int>(rank)));
  }
  return result;
}

}  // namespace cooperative_groups
