// sennit/elementary.h: exponentials, logarithms and powers without branches, so that the loop
// over threads vectorises at any width without a vector library. Errors are measured by
// math_accuracy_test.cpp.
#pragma once

#include "sennit/rounding.h"

#pragma float_control(push)
#pragma clang fp contract(off) reassociate(off) reciprocal(off)

namespace __snt {

// c[0] + c[1] x + c[2] x^2 ..., by Horner's rule.
template <typename Real>
_SNT_INLINE Real fused_multiply_add(Real a, Real b, Real c) {
  if constexpr (sizeof(Real) == 4) {
    return __builtin_fmaf(a, b, c);
  } else {
    return __builtin_fma(a, b, c);
  }
}
template <typename Real>
_SNT_INLINE Real polynomial(Real, Real last) {
  return last;
}
template <typename Real, typename... Rest>
_SNT_INLINE Real polynomial(Real x, Real first, Rest... rest) {
  return fused_multiply_add(polynomial(x, rest...), x, first);
}

// ---- Exponentials ------------------------------------------------------------------------------

// x 2^k, rounded once also where the result is denormal. |k| <= 2000, or 250 for float.
_SNT_INLINE double scale(double x, int k) {
  const int half = k >> 1;
  const double a = __longlong_as_double(static_cast<long long>(half + 1023) << 52);
  const double b = __longlong_as_double(static_cast<long long>(k - half + 1023) << 52);
  return x * a * b;
}
_SNT_INLINE float scale(float x, int k) {
  const int half = k >> 1;
  return x * __int_as_float((half + 127) << 23) * __int_as_float((k - half + 127) << 23);
}

// e^r - 1 for |r| <= ln 2 / 2, by Taylor's series: the first term left out is below an ulp / 20.
// The tail is (e^r - 1 - r) / r^2.
_SNT_INLINE double small_expm1_tail(double r) {
  return polynomial(r, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
                    1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800);
}
_SNT_INLINE double small_expm1(double r) { return __builtin_fma(small_expm1_tail(r) * r, r, r); }
_SNT_INLINE float small_expm1(float r) {
  const float q = polynomial(r, 1.0f / 2, 1.0f / 6, 1.0f / 24, 1.0f / 120, 1.0f / 720, 1.0f / 5040);
  return fused_multiply_add(q * r, r, r);
}

// A clamp that keeps NaN.
template <typename Real>
_SNT_INLINE Real clamp(Real x, Real low, Real high) {
  const Real raised = x < low ? low : x;
  return raised > high ? high : raised;
}

// ln 2 in two parts: k times the first is exact for every exponent k.
inline constexpr double kLn2High = 0x1.62e42fee00000p-1, kLn2Low = 0x1.a39ef35793c76p-33;
inline constexpr float kLn2HighF = 0x1.62e400p-1f, kLn2LowF = 0x1.7f7d1cp-20f;

// e^r 2^k; k may be NaN if r is.
template <typename Real>
_SNT_INLINE Real exp_of_parts(Real r, Real k) {
  return scale(Real(1) + small_expm1(r), static_cast<int>(k == k ? k : Real(0)));
}
_SNT_INLINE double exp(double x) {
  const double t = clamp(x, -746.0, 710.0);
  const double k = __builtin_roundeven(t * 0x1.71547652b82fep+0);
  return exp_of_parts(__builtin_fma(k, -kLn2Low, __builtin_fma(k, -kLn2High, t)), k);
}
_SNT_INLINE float exp(float x) {
  const float t = clamp(x, -104.0f, 89.0f);
  const float k = __builtin_roundevenf(t * 0x1.715476p+0f);
  return exp_of_parts(__builtin_fmaf(k, -kLn2LowF, __builtin_fmaf(k, -kLn2HighF, t)), k);
}
_SNT_INLINE double exp2(double x) {
  const double t = clamp(x, -1076.0, 1025.0);
  const double k = __builtin_roundeven(t);
  return exp_of_parts((t - k) * 0x1.62e42fefa39efp-1, k);
}
_SNT_INLINE float exp2(float x) {
  const float t = clamp(x, -151.0f, 129.0f);
  const float k = __builtin_roundevenf(t);
  return exp_of_parts((t - k) * 0x1.62e430p-1f, k);
}
// 10^x = 2^k e^((x - k log10 2) ln 10)
_SNT_INLINE double exp10(double x) {
  const double t = clamp(x, -324.5, 309.0);
  const double k = __builtin_roundeven(t * 0x1.a934f0979a371p+1);
  const double r =
      __builtin_fma(k, 0x1.9dc1da994fd21p-59, __builtin_fma(k, -0x1.34413509f79ffp-2, t));
  const double high = r * 0x1.26bb1bbb55516p+1;
  const double low = __builtin_fma(r, 0x1.26bb1bbb55516p+1, -high) + r * -0x1.f48ad494ea3e9p-53;
  const double e = small_expm1(high);
  return scale(1.0 + (e + __builtin_fma(low, e, low)), static_cast<int>(k == k ? k : 0.0));
}
_SNT_INLINE float exp10(float x) {
  return static_cast<float>(exp2(static_cast<double>(x) * 0x1.a934f0979a371p+1));
}
// (2^k - 1) + 2^k r + 2^k (e^r - 1 - r): the first two parts are added exactly.
_SNT_INLINE double expm1(double x) {
  const double t = clamp(x, -40.0, 710.0);
  const double k = __builtin_roundeven(t * 0x1.71547652b82fep+0);
  const double above = __builtin_fma(k, -kLn2High, t);
  const double r = __builtin_fma(k, -kLn2Low, above);
  const double r_low = __builtin_fma(k, -kLn2Low, above - r);
  const double tail = __builtin_fma(small_expm1_tail(r), r * r, r_low);
  const int n = static_cast<int>(k == k ? k : 0.0);
  const double power = scale(1.0, n);
  const double sum = (power - 1.0) + power * r;
  const double lost = sum_lost(power - 1.0, power * r);
  const double result = sum + __builtin_fma(tail, power, lost);
  return n >= 1024 ? exp(x) : x == 0 ? x : result;
}
_SNT_INLINE float expm1(float x) { return static_cast<float>(expm1(static_cast<double>(x))); }

// ---- Logarithms --------------------------------------------------------------------------------

// x = 2^exponent (1 + f), with 1 + f in [sqrt(1/2), sqrt(2)).
template <typename Real>
struct log_parts {
  Real exponent, f;
};
_SNT_INLINE log_parts<double> split_for_log(double x) {
  const bool tiny = x < 0x1p-1022;
  const long long bits = __double_as_longlong(tiny ? x * 0x1p54 : x);
  const double m = __longlong_as_double((bits & 0x000fffffffffffffll) | 0x3ff0000000000000ll);
  const bool upper = m > 0x1.6a09e667f3bcdp+0;
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - (tiny ? 1023 + 54 : 1023);
  return {static_cast<double>(exponent + (upper ? 1 : 0)), (upper ? m * 0.5 : m) - 1.0};
}
_SNT_INLINE log_parts<float> split_for_log(float x) {
  const bool tiny = x < 0x1p-126f;
  const int bits = __float_as_int(tiny ? x * 0x1p24f : x);
  const float m = __int_as_float((bits & 0x007fffff) | 0x3f800000);
  const bool upper = m > 0x1.6a09e6p+0f;
  const int exponent = (bits >> 23 & 0xff) - (tiny ? 127 + 24 : 127);
  return {static_cast<float>(exponent + (upper ? 1 : 0)), (upper ? m * 0.5f : m) - 1.0f};
}

// log(0) is -infinity, of less it is NaN; infinity and NaN are their own.
template <typename Real>
_SNT_INLINE Real log_limits(Real x, Real result) {
  result = x == 0 ? Real(-__builtin_inf()) : result;
  result = x < 0 ? Real(__builtin_nan("")) : result;
  return x < Real(__builtin_inf()) ? result : x;
}

// The minimax polynomial of FDLIBM's log: log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)).
_SNT_INLINE double log_tail(double s) {
  const double z = s * s;
  return z * polynomial(z, 6.666666666666735130e-01, 3.999999999940941908e-01,
                        2.857142874366239149e-01, 2.222219843214978396e-01,
                        1.818357216161805012e-01, 1.531383769920937332e-01,
                        1.479819860511658591e-01);
}
_SNT_INLINE float log_tail(float s) {
  const float z = s * s;
  return z * polynomial(z, 0xaaaaaa.0p-24f, 0xccce13.0p-25f, 0x91e9ee.0p-25f, 0xf89e26.0p-26f);
}

template <typename Real>
_SNT_INLINE Real natural_log(Real x, Real ln2_high, Real ln2_low) {
  const log_parts<Real> parts = split_for_log(x);
  const Real f = parts.f, k = parts.exponent;
  const Real s = f / (Real(2) + f);
  const Real half_square = Real(0.5) * f * f;
  const Real low = fused_multiply_add(s, half_square + log_tail(s), k * ln2_low);
  return log_limits(x, k * ln2_high - ((half_square - low) - f));
}
_SNT_INLINE double log(double x) { return natural_log(x, kLn2High, kLn2Low); }
_SNT_INLINE float log(float x) { return natural_log(x, kLn2HighF, kLn2LowF); }

// log(x) / ln(base): the logarithm of 1 + f in two parts, each times 1 / ln(base) in two parts.
// `unit` is log_base(2) in two parts.
struct two_parts {
  double high, low;
};
_SNT_INLINE double log_to_base(double x, two_parts inverse, two_parts unit) {
  const log_parts<double> parts = split_for_log(x);
  const double f = parts.f, k = parts.exponent;
  const double s = f / (2.0 + f);
  const double half_square = 0.5 * f * f;
  const double high = f - half_square;
  const double low = ((f - high) - half_square) + s * (half_square + log_tail(s)) +
                     // what rounding half_square has lost
                     -__builtin_fma(0.5 * f, f, -half_square);
  const double whole = k * unit.high;
  const double product = high * inverse.high;
  const double product_low =
      __builtin_fma(high, inverse.high, -product) + (high * inverse.low + low * inverse.high);
  const double sum = whole + product;
  const double sum_low = (whole - sum) + product;
  return log_limits(x, sum + (sum_low + (product_low + k * unit.low)));
}
_SNT_INLINE double log2(double x) {
  return log_to_base(x, {0x1.71547652b82fep+0, 0x1.777d0ffda0d24p-56}, {1.0, 0.0});
}
_SNT_INLINE double log10(double x) {
  return log_to_base(x, {0x1.bcb7b1526e50ep-2, 0x1.95355baaafad3p-57},
                     {0x1.34413509f6000p-2, 0x1.9fef311f12b36p-42});
}
// In double, with as much of the polynomial as a float shows.
_SNT_INLINE double log2_for_float(double x) {
  const log_parts<double> parts = split_for_log(x);
  const double s = parts.f / (2.0 + parts.f);
  const double z = s * s;
  const double series = polynomial(z, 2.0, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13);
  return __builtin_fma(s * series, 0x1.71547652b82fep+0, parts.exponent);
}
_SNT_INLINE float log2(float x) {
  return log_limits(x, static_cast<float>(log2_for_float(static_cast<double>(x))));
}
_SNT_INLINE float log10(float x) {
  const double result = log2_for_float(static_cast<double>(x)) * 0x1.34413509f79ffp-2;
  return log_limits(x, static_cast<float>(result));
}

// ---- Powers ------------------------------------------------------------------------------------

// C's rules for pow where `magnitude`, |x|^|..|, does not say it all.
template <typename Real>
_SNT_INLINE Real power_limits(Real x, Real y, Real magnitude) {
  const Real infinity = Real(__builtin_inf());
  const Real half = y * Real(0.5);
  const bool integer = __builtin_elementwise_trunc(y) == y;
  const bool odd = integer && __builtin_elementwise_trunc(half) != half;
  Real result = magnitude;
  result = x == 0 ? (y < 0 ? infinity : Real(0)) : result;
  result = __builtin_elementwise_abs(x) == infinity ? (y < 0 ? Real(0) : infinity) : result;
  result = odd ? __builtin_elementwise_copysign(result, x) : result;
  const bool finite_negative = x < 0 && x > -infinity;
  result = finite_negative && !integer ? Real(__builtin_nan("")) : result;
  if (__builtin_elementwise_abs(y) == infinity) {
    const Real size = __builtin_elementwise_abs(x);
    result = size == Real(1) ? Real(1) : (size > Real(1)) == (y > 0) ? infinity : Real(0);
  }
  result = x != x || y != y ? x + y : result;
  return x == Real(1) || y == Real(0) ? Real(1) : result;
}
_SNT_INLINE float pow(float x, float y) {
  const double size = __builtin_fabs(static_cast<double>(x));
  const double exponent = static_cast<double>(y) * log2_for_float(size);
  return power_limits(x, y, static_cast<float>(exp2(exponent)));
}
_SNT_INLINE double pow(double x, double y) { return __builtin_pow(x, y); }

}  // namespace __snt

#pragma float_control(pop)
