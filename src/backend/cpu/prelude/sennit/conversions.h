// sennit/conversions.h: reinterpretation of bits, floating point to integer.
#pragma once

#include "sennit/keywords.h"

// ---- Bits --------------------------------------------------------------------------------------

_SNT_INLINE constexpr int __float_as_int(float x) { return __builtin_bit_cast(int, x); }
_SNT_INLINE constexpr unsigned __float_as_uint(float x) { return __builtin_bit_cast(unsigned, x); }
_SNT_INLINE constexpr float __int_as_float(int x) { return __builtin_bit_cast(float, x); }
_SNT_INLINE constexpr float __uint_as_float(unsigned x) { return __builtin_bit_cast(float, x); }
_SNT_INLINE constexpr long long __double_as_longlong(double x) {
  return __builtin_bit_cast(long long, x);
}
_SNT_INLINE constexpr double __longlong_as_double(long long x) {
  return __builtin_bit_cast(double, x);
}
_SNT_INLINE constexpr int __double2hiint(double x) {
  return static_cast<int>(__double_as_longlong(x) >> 32);
}
_SNT_INLINE constexpr int __double2loint(double x) {
  return static_cast<int>(__double_as_longlong(x));
}
_SNT_INLINE constexpr double __hiloint2double(int high, int low) {
  return __longlong_as_double(static_cast<long long>(high) << 32 | static_cast<unsigned>(low));
}

// ---- Floating point to integer -----------------------------------------------------------------

namespace __snt {

// As on a GPU, values outside the range of the type give its limits, and NaN gives 0. The limits
// are exact as double; `high` is one above the largest value.
template <typename Integer, typename Real>
_SNT_INLINE Integer saturate(Real x, Real low, Real high, Integer smallest, Integer largest) {
  const bool inside = x >= low && x < high;
  const Integer converted = static_cast<Integer>(inside ? x : Real(0));
  return x >= high ? largest : x < low ? smallest : converted;
}
template <typename Real>
_SNT_INLINE int to_int(Real x) {
  return saturate<int, Real>(x, Real(-0x1p31), Real(0x1p31), -0x7fffffff - 1, 0x7fffffff);
}
template <typename Real>
_SNT_INLINE unsigned to_uint(Real x) {
  return saturate<unsigned, Real>(x, Real(0), Real(0x1p32), 0u, 0xffffffffu);
}
template <typename Real>
_SNT_INLINE long long to_longlong(Real x) {
  return saturate<long long, Real>(x, Real(-0x1p63), Real(0x1p63), -0x7fffffffffffffffll - 1,
                                   0x7fffffffffffffffll);
}
template <typename Real>
_SNT_INLINE unsigned long long to_ulonglong(Real x) {
  return saturate<unsigned long long, Real>(x, Real(0), Real(0x1p64), 0ull, 0xffffffffffffffffull);
}

}  // namespace __snt

// Suffixes: to nearest even, towards zero, down, up.
#define _SNT_TO_INTEGERS(name, Real, suffix)                                                      \
  _SNT_INLINE int __##name##2int_rn(Real x) {                                                     \
    return __snt::to_int(__builtin_roundeven##suffix(x));                                         \
  }                                                                                               \
  _SNT_INLINE int __##name##2int_rz(Real x) { return __snt::to_int(__builtin_trunc##suffix(x)); } \
  _SNT_INLINE int __##name##2int_rd(Real x) { return __snt::to_int(__builtin_floor##suffix(x)); } \
  _SNT_INLINE int __##name##2int_ru(Real x) { return __snt::to_int(__builtin_ceil##suffix(x)); }  \
  _SNT_INLINE unsigned __##name##2uint_rn(Real x) {                                               \
    return __snt::to_uint(__builtin_roundeven##suffix(x));                                        \
  }                                                                                               \
  _SNT_INLINE unsigned __##name##2uint_rz(Real x) {                                               \
    return __snt::to_uint(__builtin_trunc##suffix(x));                                            \
  }                                                                                               \
  _SNT_INLINE unsigned __##name##2uint_rd(Real x) {                                               \
    return __snt::to_uint(__builtin_floor##suffix(x));                                            \
  }                                                                                               \
  _SNT_INLINE unsigned __##name##2uint_ru(Real x) {                                               \
    return __snt::to_uint(__builtin_ceil##suffix(x));                                             \
  }                                                                                               \
  _SNT_INLINE long long __##name##2ll_rn(Real x) {                                                \
    return __snt::to_longlong(__builtin_roundeven##suffix(x));                                    \
  }                                                                                               \
  _SNT_INLINE long long __##name##2ll_rz(Real x) {                                                \
    return __snt::to_longlong(__builtin_trunc##suffix(x));                                        \
  }                                                                                               \
  _SNT_INLINE long long __##name##2ll_rd(Real x) {                                                \
    return __snt::to_longlong(__builtin_floor##suffix(x));                                        \
  }                                                                                               \
  _SNT_INLINE long long __##name##2ll_ru(Real x) {                                                \
    return __snt::to_longlong(__builtin_ceil##suffix(x));                                         \
  }                                                                                               \
  _SNT_INLINE unsigned long long __##name##2ull_rn(Real x) {                                      \
    return __snt::to_ulonglong(__builtin_roundeven##suffix(x));                                   \
  }                                                                                               \
  _SNT_INLINE unsigned long long __##name##2ull_rz(Real x) {                                      \
    return __snt::to_ulonglong(__builtin_trunc##suffix(x));                                       \
  }                                                                                               \
  _SNT_INLINE unsigned long long __##name##2ull_rd(Real x) {                                      \
    return __snt::to_ulonglong(__builtin_floor##suffix(x));                                       \
  }                                                                                               \
  _SNT_INLINE unsigned long long __##name##2ull_ru(Real x) {                                      \
    return __snt::to_ulonglong(__builtin_ceil##suffix(x));                                        \
  }

_SNT_TO_INTEGERS(float, float, f)
_SNT_TO_INTEGERS(double, double, )
#undef _SNT_TO_INTEGERS
