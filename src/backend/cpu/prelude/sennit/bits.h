// sennit/bits.h: integer intrinsics.
#pragma once

#include "sennit/keywords.h"

_SNT_INLINE int __popc(unsigned x) { return __builtin_popcount(x); }
_SNT_INLINE int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
_SNT_INLINE int __clz(int x) { return x ? __builtin_clz(static_cast<unsigned>(x)) : 32; }
_SNT_INLINE int __clzll(long long x) {
  return x ? __builtin_clzll(static_cast<unsigned long long>(x)) : 64;
}
_SNT_INLINE int __ffs(int x) { return __builtin_ffs(x); }
_SNT_INLINE int __ffsll(long long x) { return __builtin_ffsll(x); }
_SNT_INLINE unsigned __brev(unsigned x) { return __builtin_bitreverse32(x); }
_SNT_INLINE unsigned long long __brevll(unsigned long long x) { return __builtin_bitreverse64(x); }
// The position of the `offset`-th set bit from `base` on (upwards if offset > 0, downwards if
// < 0, the bit itself if 0), or ~0.
_SNT_INLINE unsigned __fns(unsigned mask, unsigned base, int offset) {
  const int step = offset < 0 ? -1 : 1;
  int left = offset < 0 ? -offset : offset;
  if (offset == 0) return (mask >> (base & 31u) & 1u) ? base : 0xffffffffu;
  for (int i = static_cast<int>(base); i >= 0 && i < 32; i += step) {
    if ((mask >> i & 1u) && --left == 0) return static_cast<unsigned>(i);
  }
  return 0xffffffffu;
}

_SNT_INLINE int __mulhi(int x, int y) {
  return static_cast<int>(static_cast<long long>(x) * y >> 32);
}
_SNT_INLINE unsigned __umulhi(unsigned x, unsigned y) {
  return static_cast<unsigned>(static_cast<unsigned long long>(x) * y >> 32);
}
_SNT_INLINE long long __mul64hi(long long x, long long y) {
  return static_cast<long long>(static_cast<__int128>(x) * y >> 64);
}
_SNT_INLINE unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
  return static_cast<unsigned long long>(static_cast<unsigned __int128>(x) * y >> 64);
}
_SNT_INLINE int mulhi(int x, int y) { return __mulhi(x, y); }
_SNT_INLINE unsigned mulhi(unsigned x, unsigned y) { return __umulhi(x, y); }
_SNT_INLINE long long mul64hi(long long x, long long y) { return __mul64hi(x, y); }
_SNT_INLINE unsigned long long mul64hi(unsigned long long x, unsigned long long y) {
  return __umul64hi(x, y);
}

// Products of the low 24 bits.
_SNT_INLINE int __mul24(int x, int y) {
  const unsigned a = static_cast<unsigned>(static_cast<int>(static_cast<unsigned>(x) << 8) >> 8);
  const unsigned b = static_cast<unsigned>(static_cast<int>(static_cast<unsigned>(y) << 8) >> 8);
  return static_cast<int>(a * b);
}
_SNT_INLINE unsigned __umul24(unsigned x, unsigned y) { return (x & 0xffffffu) * (y & 0xffffffu); }

// |x - y| + z, and averages without overflow.
_SNT_INLINE unsigned __sad(int x, int y, unsigned z) {
  return (x > y ? static_cast<unsigned>(x) - static_cast<unsigned>(y)
                : static_cast<unsigned>(y) - static_cast<unsigned>(x)) +
         z;
}
_SNT_INLINE unsigned __usad(unsigned x, unsigned y, unsigned z) {
  return (x > y ? x - y : y - x) + z;
}
_SNT_INLINE int __hadd(int x, int y) {
  return static_cast<int>((static_cast<long long>(x) + y) >> 1);
}
_SNT_INLINE int __rhadd(int x, int y) {
  return static_cast<int>((static_cast<long long>(x) + y + 1) >> 1);
}
_SNT_INLINE unsigned __uhadd(unsigned x, unsigned y) { return (x & y) + ((x ^ y) >> 1); }
_SNT_INLINE unsigned __urhadd(unsigned x, unsigned y) { return (x | y) - ((x ^ y) >> 1); }

// Four bytes chosen from the eight of (y, x) by the nibbles of `selector`; the nibble's high bit
// replicates the sign of the byte.
_SNT_INLINE unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
  const unsigned long long bytes = static_cast<unsigned long long>(y) << 32 | x;
  unsigned result = 0;
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; ++i) {
    const unsigned choice = selector >> (4 * i);
    unsigned byte = static_cast<unsigned>(bytes >> (8 * (choice & 7u))) & 0xffu;
    if (choice & 8u) byte = byte & 0x80u ? 0xffu : 0u;
    result |= byte << (8 * i);
  }
  return result;
}

// Shifts of the 64 bits (high, low): the high half of a left shift, the low half of a right one.
// The plain forms take the shift modulo 32, the _lc and _rc ones clamp it to 32.
_SNT_INLINE unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  const unsigned long long both = static_cast<unsigned long long>(high) << 32 | low;
  return static_cast<unsigned>(both << (shift & 31u) >> 32);
}
_SNT_INLINE unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  const unsigned long long both = static_cast<unsigned long long>(high) << 32 | low;
  return static_cast<unsigned>(both >> (shift & 31u));
}
_SNT_INLINE unsigned __funnelshift_lc(unsigned low, unsigned high, unsigned shift) {
  return shift >= 32u ? low : __funnelshift_l(low, high, shift);
}
_SNT_INLINE unsigned __funnelshift_rc(unsigned low, unsigned high, unsigned shift) {
  return shift >= 32u ? high : __funnelshift_r(low, high, shift);
}

// Products of corresponding bytes of two words, summed into `sum`.
namespace __snt {
template <typename Byte, typename Sum, typename A, typename B>
_SNT_INLINE Sum dot(A a, B b, Sum sum) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; ++i) {
    sum += static_cast<Sum>(static_cast<Byte>(a >> (8 * i))) *
           static_cast<Sum>(static_cast<Byte>(b >> (8 * i)));
  }
  return sum;
}
}  // namespace __snt
_SNT_INLINE int __dp4a(int a, int b, int sum) { return __snt::dot<signed char>(a, b, sum); }
_SNT_INLINE unsigned __dp4a(unsigned a, unsigned b, unsigned sum) {
  return __snt::dot<unsigned char>(a, b, sum);
}
// The two 16-bit halves of `a` with the low (_lo) or high (_hi) two bytes of `b`.
_SNT_INLINE int __dp2a_lo(int a, int b, int sum) {
  return sum + static_cast<short>(a) * static_cast<signed char>(b) +
         static_cast<short>(a >> 16) * static_cast<signed char>(b >> 8);
}
_SNT_INLINE int __dp2a_hi(int a, int b, int sum) { return __dp2a_lo(a, b >> 16, sum); }
_SNT_INLINE unsigned __dp2a_lo(unsigned a, unsigned b, unsigned sum) {
  return sum + (a & 0xffffu) * (b & 0xffu) + (a >> 16) * (b >> 8 & 0xffu);
}
_SNT_INLINE unsigned __dp2a_hi(unsigned a, unsigned b, unsigned sum) {
  return __dp2a_lo(a, b >> 16, sum);
}
