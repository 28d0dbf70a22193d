// sennit/vector_types.h: char1 to double4, dim3, and their make_ functions. As in CUDA they have
// members and no operators.
#pragma once

#include "sennit/keywords.h"

// `align2` and `align4`: bytes, as CUDA's ABI lays the types out.
#define _SNT_VECTOR(name, type, align2, align4)                                              \
  struct name##1 { type x; };                                                                \
  struct __align__(align2) name##2 { type x, y; };                                           \
  struct name##3 { type x, y, z; };                                                          \
  struct __align__(align4) name##4 { type x, y, z, w; };                                     \
  _SNT_INLINE constexpr name##1 make_##name##1(type x) { return {x}; }                       \
  _SNT_INLINE constexpr name##2 make_##name##2(type x, type y) { return {x, y}; }            \
  _SNT_INLINE constexpr name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; } \
  _SNT_INLINE constexpr name##4 make_##name##4(type x, type y, type z, type w) {             \
    return {x, y, z, w};                                                                     \
  }

_SNT_VECTOR(char, signed char, 2, 4)
_SNT_VECTOR(uchar, unsigned char, 2, 4)
_SNT_VECTOR(short, short, 4, 8)
_SNT_VECTOR(ushort, unsigned short, 4, 8)
_SNT_VECTOR(int, int, 8, 16)
_SNT_VECTOR(uint, unsigned int, 8, 16)
_SNT_VECTOR(long, long, 16, 16)
_SNT_VECTOR(ulong, unsigned long, 16, 16)
_SNT_VECTOR(longlong, long long, 16, 16)
_SNT_VECTOR(ulonglong, unsigned long long, 16, 16)
_SNT_VECTOR(float, float, 8, 16)
_SNT_VECTOR(double, double, 16, 16)
#undef _SNT_VECTOR

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
  constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
  constexpr operator uint3() const { return {x, y, z}; }
};
