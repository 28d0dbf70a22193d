// sennit/trigonometry.h: sine, cosine and hyperbolic tangent without branches for all but huge
// arguments, so that the loop over threads vectorises.
#pragma once

#include "sennit/elementary.h"

#pragma float_control(push)
#pragma clang fp contract(off) reassociate(off) reciprocal(off)

namespace __snt {

// x = quadrant pi / 2 + high + low, |high| <= pi / 4.
struct reduced_angle {
  double high, low;
  int quadrant;  // modulo 4
};

// Beyond these, the parts of pi below are too short; the C library takes over.
inline constexpr double kLargestAngle = 0x1p26;
inline constexpr float kLargestAngleF = 0x1p30f;

_SNT_INLINE reduced_angle reduce_angle(double x) {
  const double k = __builtin_roundeven(x * 0x1.45f306dc9c883p-1);
  // pi / 2 in three parts; each product is exact but for what `low` picks up.
  const double a = __builtin_fma(k, -0x1.921fb54442d18p+0, x);
  const double b = k * 0x1.1a62633145c07p-54;
  const double b_low = __builtin_fma(k, 0x1.1a62633145c07p-54, -b);
  const double high = a - b;
  const double low = ((a - high) - b) - b_low - k * -0x1.f1976b7ed8fbcp-110;
  return {high, low, static_cast<int>(static_cast<long long>(k == k ? k : 0.0) & 3)};
}

// FDLIBM's kernels, for |x| <= pi / 4.
_SNT_INLINE double sine_kernel(double x, double low) {
  const double z = x * x;
  const double r = polynomial(z, 8.33333333332248946124e-03, -1.98412698298579493134e-04,
                              2.75573137070700676789e-06, -2.50507602534068634195e-08,
                              1.58969099521155010221e-10);
  const double v = z * x;
  return x - ((z * (0.5 * low - v * r) - low) - v * -1.66666666666666324348e-01);
}
_SNT_INLINE double cosine_kernel(double x, double low) {
  const double z = x * x;
  const double r = z * polynomial(z, 4.16666666666666019037e-02, -1.38888888888741095749e-03,
                                  2.48015872894767294178e-05, -2.75573143513906633035e-07,
                                  2.08757232129817482790e-09, -1.13596475577881948265e-11);
  const double half = 0.5 * z;
  const double w = 1.0 - half;
  return w + (((1.0 - w) - half) + (z * r - x * low));
}
// sin(angle + turns pi / 2)
_SNT_INLINE double sine_of(reduced_angle angle, int turns) {
  const int quadrant = angle.quadrant + turns;
  const double s = sine_kernel(angle.high, angle.low);
  const double c = cosine_kernel(angle.high, angle.low);
  const double result = quadrant & 1 ? c : s;
  return quadrant & 2 ? -result : result;
}

// The same for float: computed in double, whose error a float does not show.
_SNT_INLINE float sine_of_float(double x, int turns) {
  const double k = __builtin_roundeven(x * 0x1.45f306dc9c883p-1);
  const double r =
      __builtin_fma(k, -0x1.1a62633145c07p-54, __builtin_fma(k, -0x1.921fb54442d18p+0, x));
  const int quadrant = static_cast<int>(static_cast<long long>(k == k ? k : 0.0) & 3) + turns;
  const double z = r * r;
  const double s = r * polynomial(z, 1.0, -0x1.5555555555555p-3, 0x1.1111111110bb3p-7,
                                  -0x1.a01a019c0e8d8p-13, 0x1.71de37262ecf8p-19, -2.50507602534e-08);
  const double c = polynomial(z, 1.0, -0.5, 0x1.5555555555530p-5, -0x1.6c16c16c0b6a0p-10,
                              0x1.a01a0193b8b02p-16, -0x1.27e4ea1d2f0f5p-22);
  const double result = quadrant & 1 ? c : s;
  return static_cast<float>(quadrant & 2 ? -result : result);
}

_SNT_INLINE double sin(double x) {
  if (__builtin_expect(__builtin_fabs(x) > kLargestAngle, 0)) return __builtin_sin(x);
  const double result = sine_of(reduce_angle(x), 0);
  return x == 0 ? x : result;
}
_SNT_INLINE double cos(double x) {
  if (__builtin_expect(__builtin_fabs(x) > kLargestAngle, 0)) return __builtin_cos(x);
  return sine_of(reduce_angle(x), 1);
}
_SNT_INLINE float sin(float x) {
  if (__builtin_expect(__builtin_fabsf(x) > kLargestAngleF, 0)) return __builtin_sinf(x);
  return x == 0 ? x : sine_of_float(static_cast<double>(x), 0);
}
_SNT_INLINE float cos(float x) {
  if (__builtin_expect(__builtin_fabsf(x) > kLargestAngleF, 0)) return __builtin_cosf(x);
  return sine_of_float(static_cast<double>(x), 1);
}

// sin(pi x): exact at multiples of 1/2, for all x.
_SNT_INLINE double sine_pi(double x, int turns) {
  const double k = __builtin_roundeven(2.0 * x);
  const double rest = __builtin_fma(k, -0.5, x);
  const double high = rest * 0x1.921fb54442d18p+1;
  const double low =
      __builtin_fma(rest, 0x1.921fb54442d18p+1, -high) + rest * 0x1.1a62633145c07p-53;
  // Beyond 2^53 every number is even, and k its own multiple of 4.
  const double turn = k - 4.0 * __builtin_floor(k * 0.25);
  const int quadrant = static_cast<int>(turn == turn ? turn : 0.0);
  return sine_of({high, low, quadrant}, turns);
}
_SNT_INLINE double sinpi(double x) {
  const double result = sine_pi(x, 0);
  return x == __builtin_trunc(x) ? x * 0.0 : result;
}
_SNT_INLINE double cospi(double x) {
  return __builtin_fabs(x) == __builtin_inf() ? __builtin_nan("") : sine_pi(x, 1);
}

// tanh x = e / (e + 2), e = exp(2 x) - 1; the quotient is corrected by its remainder.
_SNT_INLINE double tanh(double x) {
  const double size = __builtin_fabs(x);
  const double e = expm1(2.0 * (size > 22.0 ? 22.0 : size));
  const double divisor = e + 2.0;
  const double inverse = 1.0 / divisor;
  const double quotient = e * inverse;
  const double remainder =
      __builtin_fma(-quotient, divisor, e) - quotient * sum_lost(e, 2.0);
  return __builtin_copysign(__builtin_fma(remainder, inverse, quotient), x);
}
_SNT_INLINE float tanh(float x) { return static_cast<float>(tanh(static_cast<double>(x))); }

}  // namespace __snt

#pragma float_control(pop)
