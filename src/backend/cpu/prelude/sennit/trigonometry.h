// sennit/trigonometry.h: sine, cosine and hyperbolic tangent without branches, so that the loop
// over threads vectorises. Up to 2^45 they are exact to an ulp; beyond, their error is 2^-60 where
// they are near 0, too. Angles beyond 2^96, whose neighbours are more than 2^43 apart, count as
// 0: a branch to the C library for them would keep all others from vectorising.
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

// Subtracts the multiple k of a unit of three parts, which are exact together to 161 bits, from
// x + x_low. Exact but for the last part: |k| <= 2^50, and k * unit is near to x.
struct two_doubles {
  double high, low;
};
_SNT_INLINE two_doubles subtract_multiple(two_doubles x, double k, double unit_scale) {
  // pi / 2, times a power of two
  const double first = 0x1.921fb54442d18p+0 * unit_scale;
  const double second = 0x1.1a62633145c07p-54 * unit_scale;
  const double third = -0x1.f1976b7ed8fbcp-110 * unit_scale;
  const double a = __builtin_fma(-k, first, x.high);
  const double b = k * second;
  const double b_low = __builtin_fma(k, second, -b);
  const double low = ((sum_lost(a, -b) - b_low) - k * third) + x.low;
  const double high = (a - b) + low;
  return {high, ((a - b) - high) + low};
}

// In two steps, so that each multiple is exact: first of 2^46 quarter turns, none of which shows,
// then of one.
_SNT_INLINE reduced_angle reduce_angle(double x) {
  const double angle = __builtin_fabs(x) > 0x1p96 ? x * 0.0 : x;
  const double turns = __builtin_roundeven(angle * 0x1.45f306dc9c883p-47);
  const two_doubles near = subtract_multiple({angle, 0.0}, turns, 0x1p46);
  const double k = __builtin_roundeven(near.high * 0x1.45f306dc9c883p-1);
  const two_doubles rest = subtract_multiple(near, k, 1.0);
  return {rest.high, rest.low, static_cast<int>(static_cast<long long>(k == k ? k : 0.0) & 3)};
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
  const reduced_angle angle = reduce_angle(x);
  const int quadrant = angle.quadrant + turns;
  const double r = angle.high;
  const double z = r * r;
  const double s =
      r * polynomial(z, 1.0, -0x1.5555555555555p-3, 0x1.1111111110bb3p-7, -0x1.a01a019c0e8d8p-13,
                     0x1.71de37262ecf8p-19, -2.50507602534e-08);
  const double c = polynomial(z, 1.0, -0.5, 0x1.5555555555530p-5, -0x1.6c16c16c0b6a0p-10,
                              0x1.a01a0193b8b02p-16, -0x1.27e4ea1d2f0f5p-22);
  const double result = quadrant & 1 ? c : s;
  return static_cast<float>(quadrant & 2 ? -result : result);
}

_SNT_INLINE double sin(double x) {
  const double result = sine_of(reduce_angle(x), 0);
  return x == 0 ? x : result;
}
_SNT_INLINE double cos(double x) { return sine_of(reduce_angle(x), 1); }
_SNT_INLINE float sin(float x) {
  const float result = sine_of_float(static_cast<double>(x), 0);
  return x == 0 ? x : result;
}
_SNT_INLINE float cos(float x) { return sine_of_float(static_cast<double>(x), 1); }

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
  const double remainder = __builtin_fma(-quotient, divisor, e) - quotient * sum_lost(e, 2.0);
  return __builtin_copysign(__builtin_fma(remainder, inverse, quotient), x);
}
_SNT_INLINE float tanh(float x) { return static_cast<float>(tanh(static_cast<double>(x))); }

}  // namespace __snt

#pragma float_control(pop)
