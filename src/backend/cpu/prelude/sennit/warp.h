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
struct bits_of_size<1> {
  typedef unsigned char type;
};
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

// Combines the values of the lanes in `mask`, in the order of the lanes:
// combine(combine(start, lane, value), lane, value) ... A lane that has left counts as 0.
template <typename Result, typename T, typename Combine>
_SNT_INLINE Result fold(unsigned mask, T value, Result start, Combine combine) {
  T* first = reinterpret_cast<T*>(__snt_xchg()) + 64 + (__snt_lin() & ~31u);
  first[lane()] = value;
  __snt_warpbar(mask);
  const unsigned lanes = mask & existing_lanes();
  Result result = start;
#pragma clang loop unroll(full)
  for (unsigned i = 0; i < 32; ++i) {
    const Result with = combine(result, i, first[i]);
    result = (lanes >> i & 1) ? with : result;
  }
  __snt_warpbar(mask);
  first[lane()] = T(0);
  return result;
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

#define _SNT_SHUFFLES(T)                                                                         \
  _SNT_INLINE T __shfl_sync(unsigned mask, T value, int source, int width = 32) {                \
    return __snt::shuffle(mask, value, source, width);                                           \
  }                                                                                              \
  _SNT_INLINE T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {         \
    return __snt::shuffle_up(mask, value, delta, width);                                         \
  }                                                                                              \
  _SNT_INLINE T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {       \
    return __snt::shuffle_down(mask, value, delta, width);                                       \
  }                                                                                              \
  _SNT_INLINE T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {              \
    return __snt::shuffle_xor(mask, value, bits, width);                                         \
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
  return __snt::fold(mask, predicate != 0 ? 1u : 0u, 0u,
                     [](unsigned votes, unsigned lane, unsigned vote) {
                       return votes | vote << lane;
                     });
}
_SNT_INLINE int __any_sync(unsigned mask, int predicate) {
  return __ballot_sync(mask, predicate) != 0;
}
_SNT_INLINE int __all_sync(unsigned mask, int predicate) {
  return __ballot_sync(mask, !predicate) == 0;
}
_SNT_INLINE int __uni_sync(unsigned mask, int predicate) {
  const unsigned yes = __ballot_sync(mask, predicate), no = __ballot_sync(mask, !predicate);
  return yes == 0 || no == 0;
}

// The lanes that stand at this call together.
_SNT_INLINE unsigned __activemask() { return __snt_activemask(); }

#define _SNT_MATCH(T)                                                                         \
  _SNT_INLINE unsigned __match_any_sync(unsigned mask, T value) {                             \
    const unsigned present = __ballot_sync(mask, 1);                                          \
    return __snt::fold(present, value, 0u, [=](unsigned same, unsigned lane, T other) {       \
      return same | static_cast<unsigned>(other == value) << lane;                            \
    });                                                                                       \
  }                                                                                           \
  _SNT_INLINE unsigned __match_all_sync(unsigned mask, T value, int* all) {                   \
    const unsigned present = __ballot_sync(mask, 1);                                          \
    *all = __match_any_sync(mask, value) == present;                                          \
    return *all ? mask : 0u;                                                                  \
  }

_SNT_MATCH(int)
_SNT_MATCH(unsigned)
_SNT_MATCH(long)
_SNT_MATCH(unsigned long)
_SNT_MATCH(long long)
_SNT_MATCH(unsigned long long)
_SNT_MATCH(float)
_SNT_MATCH(double)

#define _SNT_REDUCE(name, T, start, expression)                                            \
  _SNT_INLINE T __reduce_##name##_sync(unsigned mask, T value) {                           \
    return __snt::fold(__ballot_sync(mask, 1), value, T(start),                            \
                       [](T a, unsigned, T b) { return static_cast<T>(expression); });     \
  }

_SNT_REDUCE(add, unsigned, 0u, a + b)
_SNT_REDUCE(add, int, 0, unsigned(a) + unsigned(b))
_SNT_REDUCE(min, unsigned, ~0u, a < b ? a : b)
_SNT_REDUCE(min, int, 0x7fffffff, a < b ? a : b)
_SNT_REDUCE(max, unsigned, 0u, a > b ? a : b)
_SNT_REDUCE(max, int, -0x7fffffff - 1, a > b ? a : b)
_SNT_REDUCE(and, unsigned, ~0u, a & b)
_SNT_REDUCE(or, unsigned, 0u, a | b)
_SNT_REDUCE(xor, unsigned, 0u, a ^ b)

#undef _SNT_MATCH
#undef _SNT_REDUCE
