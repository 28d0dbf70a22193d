// sennit/warp.h: shuffles, votes, matches and reductions of a warp's lanes.
//
// Lanes exchange values through a buffer with one element for each thread of the block, indexed
// by rank: a shift by a constant is then a contiguous load in the loop over threads. Each
// exchange is store, barrier, load, barrier; the barriers wait for the lanes of the mask alone.
// Then each lane clears its element, so that a lane which leaves the kernel votes no more; between
// two exchanges the compiler drops that store for the next one's.
#pragma once

#include "sennit/builtins.h"
#include "sennit/hooks.h"

namespace __snt {

template <int bytes>
struct bits_of_size;
template <>
struct bits_of_size<2> {
  typedef unsigned short type;
};
template <>
struct bits_of_size<4> {
  typedef unsigned int type;
};
template <>
struct bits_of_size<8> {
  typedef unsigned long long type;
};

template <typename To, typename From>
_SNT_INLINE To bit_cast(From value) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, value);
}

// Stores each lane's value, and loads what `load(own element, lane)` chooses.
template <typename T, typename Load>
_SNT_INLINE T exchange(unsigned mask, T value, Load load) {
  typedef typename bits_of_size<sizeof(T)>::type bits;
  bits* own = reinterpret_cast<bits*>(__snt_xchg()) + 64 + __snt_lin();
  *own = bit_cast<bits>(value);
  __snt_warpbar(mask);
  const bits loaded = load(own, lane());
  __snt_warpbar(mask);
  *own = 0;
  return bit_cast<T>(loaded);
}

// The lanes that this warp has: the last warp of a block may be short.
_SNT_INLINE unsigned existing_lanes() {
  const unsigned threads = __snt_ntid(0) * __snt_ntid(1) * __snt_ntid(2);
  const unsigned lanes = threads - (__snt_lin() & ~31u);
  return lanes >= 32 ? 0xffffffffu : (1u << lanes) - 1u;
}

// One value of each lane, as a vector of the machine: a vote is a few instructions for a lane.
template <typename T>
struct of_warp {
  typedef T type __attribute__((vector_size(32 * sizeof(T))));
};
inline constexpr of_warp<unsigned>::type lane_bits = {
    1u << 0,  1u << 1,  1u << 2,  1u << 3,  1u << 4,  1u << 5,  1u << 6,  1u << 7,
    1u << 8,  1u << 9,  1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15,
    1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21, 1u << 22, 1u << 23,
    1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31};

// Stores each lane's value, and gives all of them to `use`. A lane that has left shows as 0.
template <typename T, typename Use>
_SNT_INLINE auto gather(unsigned mask, T value, Use use) {
  T* first = reinterpret_cast<T*>(__snt_xchg()) + 64 + (__snt_lin() & ~31u);
  first[lane()] = value;
  __snt_warpbar(mask);
  typename of_warp<T>::type values;
  __builtin_memcpy(&values, first, sizeof(values));
  const auto result = use(values);
  __snt_warpbar(mask);
  first[lane()] = 0;
  return result;
}

_SNT_INLINE unsigned ballot(unsigned mask, bool predicate) {
  const unsigned votes = gather(mask, predicate ? 1u << lane() : 0u, [](auto values) {
    return __builtin_reduce_or(values & lane_bits);
  });
  return votes & mask & existing_lanes();
}
// The lanes whose value has the same bits.
template <typename T>
_SNT_INLINE unsigned match(unsigned mask, T value) {
  typedef typename bits_of_size<sizeof(T)>::type bits;
  const bits wanted = bit_cast<bits>(value);
  const unsigned same = gather(mask, wanted, [=](auto values) {
    typedef decltype(values) vector;
    const vector all_bits = __builtin_convertvector(lane_bits, vector);
    return static_cast<unsigned>(__builtin_reduce_or((vector)(values == wanted) & all_bits));
  });
  return same & ballot(mask, true);
}
// The values of the lanes that are here; of the others `neutral`.
template <typename T, typename Combine>
_SNT_INLINE T reduce(unsigned mask, T value, T neutral, Combine combine) {
  const unsigned present = ballot(mask, true);
  return gather(present, value, [=](auto values) {
    return combine((lane_bits & present) != 0 ? values : decltype(values){} + neutral);
  });
}

template <typename T>
_SNT_INLINE T shuffle(unsigned mask, T value, int source, int width) {
  return exchange(mask, value, [=](auto* own, unsigned lane) {
    const unsigned from = (lane & ~(width - 1u)) | (static_cast<unsigned>(source) & (width - 1u));
    return own[static_cast<int>(from) - static_cast<int>(lane)];
  });
}
template <typename T>
_SNT_INLINE T shuffle_up(unsigned mask, T value, unsigned delta, int width) {
  return exchange(mask, value, [=](auto* own, unsigned lane) {
    return (lane & (width - 1u)) < delta ? *own : own[-static_cast<int>(delta)];
  });
}
template <typename T>
_SNT_INLINE T shuffle_down(unsigned mask, T value, unsigned delta, int width) {
  return exchange(mask, value, [=](auto* own, unsigned lane) {
    return (lane & (width - 1u)) + delta >= static_cast<unsigned>(width) ? *own : own[delta];
  });
}
// As on a GPU, a lane may read from an earlier segment, not from a later one.
template <typename T>
_SNT_INLINE T shuffle_xor(unsigned mask, T value, int bits, int width) {
  return exchange(mask, value, [=](auto* own, unsigned lane) {
    const unsigned from = lane ^ static_cast<unsigned>(bits);
    if (from > (lane | (width - 1u))) return *own;
    // A power of two is a shift to one side or the other: two contiguous loads.
    if ((bits & (bits - 1)) == 0) return lane & bits ? own[-bits] : own[bits];
    return own[static_cast<int>(from) - static_cast<int>(lane)];
  });
}

}  // namespace __snt

#define _SNT_SHUFFLES(T)                                                                   \
  _SNT_INLINE T __shfl_sync(unsigned mask, T value, int source, int width = 32) {          \
    return __snt::shuffle(mask, value, source, width);                                     \
  }                                                                                        \
  _SNT_INLINE T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {   \
    return __snt::shuffle_up(mask, value, delta, width);                                   \
  }                                                                                        \
  _SNT_INLINE T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) { \
    return __snt::shuffle_down(mask, value, delta, width);                                 \
  }                                                                                        \
  _SNT_INLINE T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {        \
    return __snt::shuffle_xor(mask, value, bits, width);                                   \
  }

_SNT_SHUFFLES(int)
_SNT_SHUFFLES(unsigned)
_SNT_SHUFFLES(long)
_SNT_SHUFFLES(unsigned long)
_SNT_SHUFFLES(long long)
_SNT_SHUFFLES(unsigned long long)
_SNT_SHUFFLES(float)
_SNT_SHUFFLES(double)

_SNT_INLINE unsigned __ballot_sync(unsigned mask, int predicate) {
  return __snt::ballot(mask, predicate != 0);
}
_SNT_INLINE int __any_sync(unsigned mask, int predicate) {
  return __snt::ballot(mask, predicate != 0) != 0;
}
_SNT_INLINE int __all_sync(unsigned mask, int predicate) {
  return __snt::ballot(mask, predicate == 0) == 0;
}
_SNT_INLINE int __uni_sync(unsigned mask, int predicate) {
  return __all_sync(mask, predicate) || !__any_sync(mask, predicate);
}

// The lanes that stand at this call together.
_SNT_INLINE unsigned __activemask() { return __snt_activemask(); }

#define _SNT_MATCH(T)                                                       \
  _SNT_INLINE unsigned __match_any_sync(unsigned mask, T value) {           \
    return __snt::match(mask, value);                                       \
  }                                                                         \
  _SNT_INLINE unsigned __match_all_sync(unsigned mask, T value, int* all) { \
    const unsigned same = __snt::match(mask, value);                        \
    *all = __snt::ballot(mask, true) == same;                               \
    return *all ? mask : 0u;                                                \
  }

_SNT_MATCH(int)
_SNT_MATCH(unsigned)
_SNT_MATCH(long)
_SNT_MATCH(unsigned long)
_SNT_MATCH(long long)
_SNT_MATCH(unsigned long long)
_SNT_MATCH(float)
_SNT_MATCH(double)

#define _SNT_REDUCE(name, T, neutral)                                                  \
  _SNT_INLINE T __reduce_##name##_sync(unsigned mask, T value) {                       \
    return __snt::reduce(mask, value, static_cast<T>(neutral),                         \
                         [](auto values) { return __builtin_reduce_##name(values); }); \
  }

_SNT_REDUCE(add, unsigned, 0)
_SNT_REDUCE(add, int, 0)
_SNT_REDUCE(min, unsigned, ~0u)
_SNT_REDUCE(min, int, 0x7fffffff)
_SNT_REDUCE(max, unsigned, 0)
_SNT_REDUCE(max, int, -0x7fffffff - 1)
_SNT_REDUCE(and, unsigned, ~0u)
_SNT_REDUCE(or, unsigned, 0)
_SNT_REDUCE(xor, unsigned, 0)

#undef _SNT_MATCH
#undef _SNT_REDUCE
