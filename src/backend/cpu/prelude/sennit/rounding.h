// sennit/rounding.h: arithmetic and conversions with an explicit rounding: to nearest even (_rn),
// towards zero (_rz), down (_rd) and up (_ru).
//
// A CPU's rounding mode belongs to a thread of the machine, not to an instruction. So each result
// is computed to nearest together with the sign of what was lost, and moved to its neighbour if
// the mode asks for that.
#pragma once

#include "sennit/conversions.h"

#pragma float_control(push)
#pragma clang fp contract(off) reassociate(off) reciprocal(off)

namespace __snt {

enum class rounding { nearest, zero, down, up };

_SNT_INLINE float next_up(float x) {
  const int bits = __float_as_int(x);
  return x == 0 ? 0x1p-149f : __int_as_float(x > 0 ? bits + 1 : bits - 1);
}
_SNT_INLINE double next_up(double x) {
  const long long bits = __double_as_longlong(x);
  return x == 0 ? 0x1p-1074 : __longlong_as_double(x > 0 ? bits + 1 : bits - 1);
}

// `result` is one of the two neighbours of the exact value, `lost` has the sign of exact - result.
template <rounding mode, typename Real, typename Lost>
_SNT_INLINE Real correct(Real result, Lost lost) {
  if constexpr (mode == rounding::nearest) return result;
  const bool overflowed = __builtin_fabs(result) == __builtin_inf() && lost != lost;
  const bool above = overflowed ? result > 0 : lost < 0;  // the result is above the exact value
  const bool below = overflowed ? result < 0 : lost > 0;
  if constexpr (mode == rounding::down) return above ? -next_up(-result) : result;
  if constexpr (mode == rounding::up) return below ? next_up(result) : result;
  if (result > 0) return above ? -next_up(-result) : result;
  return below ? next_up(result) : result;
}

// What a + b loses (Knuth's two-sum).
template <typename Real>
_SNT_INLINE Real sum_lost(Real a, Real b) {
  const Real sum = a + b;
  const Real b_in_sum = sum - a;
  return (a - (sum - b_in_sum)) + (b - b_in_sum);
}
template <rounding mode, typename Real>
_SNT_INLINE Real add(Real a, Real b) {
  const Real sum = a + b;
  // An infinite operand loses nothing; an infinite sum of finite ones has overflowed.
  const bool exact = __builtin_isinf(a) || __builtin_isinf(b);
  return correct<mode>(sum, exact ? Real(0) : sum_lost(a, b));
}
_SNT_INLINE float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
_SNT_INLINE double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }

template <rounding mode, typename Real>
_SNT_INLINE Real multiply(Real a, Real b) {
  const Real product = a * b;
  const bool exact = __builtin_isinf(a) || __builtin_isinf(b);
  const Real lost = __builtin_isinf(product) ? Real(__builtin_nan("")) : fused(a, b, -product);
  return correct<mode>(product, exact ? Real(0) : lost);
}
// What a quotient loses has the sign of the remainder over the divisor.
template <rounding mode, typename Real>
_SNT_INLINE Real divide(Real a, Real b) {
  const Real quotient = a / b;
  const bool exact = b == 0 || __builtin_isinf(a) || __builtin_isinf(b);
  const Real remainder = fused(-quotient, b, a);
  return correct<mode>(quotient, exact ? Real(0) : b < 0 ? -remainder : remainder);
}
template <rounding mode>
_SNT_INLINE float square_root(float x) {
  const float root = __builtin_sqrtf(x);
  return correct<mode>(root, __builtin_isinf(x) ? 0.0f : fused(-root, root, x));
}
template <rounding mode>
_SNT_INLINE double square_root(double x) {
  const double root = __builtin_sqrt(x);
  return correct<mode>(root, __builtin_isinf(x) ? 0.0 : fused(-root, root, x));
}
// Boldo and Muller's error of a fused multiply-add.
template <rounding mode>
_SNT_INLINE double multiply_add(double a, double b, double c) {
  const double result = fused(a, b, c);
  if constexpr (mode == rounding::nearest) return result;
  const bool exact = __builtin_isinf(a) || __builtin_isinf(b) || __builtin_isinf(c);
  const double product = a * b;
  const double product_lost = fused(a, b, -product);
  const double low = c + product_lost;
  const double sum = product + low;
  const double lost = ((sum - result) + sum_lost(product, low)) + sum_lost(c, product_lost);
  return correct<mode>(result, exact ? 0.0 : lost);
}
// high + low, two doubles whose sum is exact, as one float.
template <rounding mode>
_SNT_INLINE float narrow(double high, double low) {
  const float result = static_cast<float>(high);
  const bool overflowed = __builtin_isinf(result) && !__builtin_isinf(high);
  return correct<mode>(result, __builtin_isinf(high) ? 0.0
                               : overflowed          ? __builtin_nan("")
                                                     : (high - static_cast<double>(result)) + low);
}
template <rounding mode>
_SNT_INLINE float multiply_add(float a, float b, float c) {
  if constexpr (mode == rounding::nearest) return fused(a, b, c);
  const double product = static_cast<double>(a) * static_cast<double>(b);  // exact
  const double sum = product + static_cast<double>(c);
  return narrow<mode>(sum, sum_lost(product, static_cast<double>(c)));
}
// A 64-bit integer is the sum of two doubles.
template <rounding mode, typename Integer>
_SNT_INLINE double wide_to_double(Integer x) {
  const double high = static_cast<double>(x >> 32) * 0x1p32;
  return add<mode>(high, static_cast<double>(static_cast<unsigned>(x)));
}
template <rounding mode, typename Integer>
_SNT_INLINE float wide_to_float(Integer x) {
  if constexpr (mode == rounding::nearest) return static_cast<float>(x);
  const double high = static_cast<double>(x >> 32) * 0x1p32;
  const double low = static_cast<double>(static_cast<unsigned>(x));
  return narrow<mode>(high + low, sum_lost(high, low));
}

}  // namespace __snt

#define _SNT_ROUNDED(suffix, mode)                                                                \
  _SNT_INLINE float __fadd_##suffix(float a, float b) { return __snt::add<mode>(a, b); }          \
  _SNT_INLINE float __fsub_##suffix(float a, float b) { return __snt::add<mode>(a, -b); }         \
  _SNT_INLINE float __fmul_##suffix(float a, float b) { return __snt::multiply<mode>(a, b); }     \
  _SNT_INLINE float __fdiv_##suffix(float a, float b) { return __snt::divide<mode>(a, b); }       \
  _SNT_INLINE float __frcp_##suffix(float x) { return __snt::divide<mode>(1.0f, x); }             \
  _SNT_INLINE float __fsqrt_##suffix(float x) { return __snt::square_root<mode>(x); }             \
  _SNT_INLINE float __fmaf_##suffix(float a, float b, float c) {                                  \
    return __snt::multiply_add<mode>(a, b, c);                                                    \
  }                                                                                               \
  _SNT_INLINE double __dadd_##suffix(double a, double b) { return __snt::add<mode>(a, b); }       \
  _SNT_INLINE double __dsub_##suffix(double a, double b) { return __snt::add<mode>(a, -b); }      \
  _SNT_INLINE double __dmul_##suffix(double a, double b) { return __snt::multiply<mode>(a, b); }  \
  _SNT_INLINE double __ddiv_##suffix(double a, double b) { return __snt::divide<mode>(a, b); }    \
  _SNT_INLINE double __drcp_##suffix(double x) { return __snt::divide<mode>(1.0, x); }            \
  _SNT_INLINE double __dsqrt_##suffix(double x) { return __snt::square_root<mode>(x); }           \
  _SNT_INLINE double __fma_##suffix(double a, double b, double c) {                               \
    return __snt::multiply_add<mode>(a, b, c);                                                    \
  }                                                                                               \
  _SNT_INLINE float __double2float_##suffix(double x) { return __snt::narrow<mode>(x, 0.0); }     \
  _SNT_INLINE float __int2float_##suffix(int x) { return __snt::narrow<mode>(x, 0.0); }           \
  _SNT_INLINE float __uint2float_##suffix(unsigned x) { return __snt::narrow<mode>(x, 0.0); }     \
  _SNT_INLINE float __ll2float_##suffix(long long x) { return __snt::wide_to_float<mode>(x); }    \
  _SNT_INLINE float __ull2float_##suffix(unsigned long long x) {                                  \
    return __snt::wide_to_float<mode>(x);                                                         \
  }                                                                                               \
  _SNT_INLINE double __ll2double_##suffix(long long x) { return __snt::wide_to_double<mode>(x); } \
  _SNT_INLINE double __ull2double_##suffix(unsigned long long x) {                                \
    return __snt::wide_to_double<mode>(x);                                                        \
  }

_SNT_ROUNDED(rn, __snt::rounding::nearest)
_SNT_ROUNDED(rz, __snt::rounding::zero)
_SNT_ROUNDED(rd, __snt::rounding::down)
_SNT_ROUNDED(ru, __snt::rounding::up)
#undef _SNT_ROUNDED

_SNT_INLINE double __int2double_rn(int x) { return x; }
_SNT_INLINE double __uint2double_rn(unsigned x) { return x; }
_SNT_INLINE float __frsqrt_rn(float x) {
  return static_cast<float>(1.0 / __builtin_sqrt(static_cast<double>(x)));
}

#pragma float_control(pop)
