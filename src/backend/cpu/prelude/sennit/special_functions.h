// sennit/special_functions.h: inverse error functions and what else CUDA has beyond the C library.
#pragma once

#include "sennit/elementary.h"

extern "C" {
__attribute__((nothrow)) double lgamma_r(double, int*);
__attribute__((const, nothrow)) double j0(double);
__attribute__((const, nothrow)) double j1(double);
__attribute__((const, nothrow)) double jn(int, double);
__attribute__((const, nothrow)) double y0(double);
__attribute__((const, nothrow)) double y1(double);
__attribute__((const, nothrow)) double yn(int, double);
}

namespace __snt {

// lgamma itself would leave a sign in a variable of the C library.
_SNT_INLINE double lgamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}
_SNT_INLINE float lgamma(float x) { return static_cast<float>(lgamma(static_cast<double>(x))); }

// e^(x^2) erfc(x): where erfc underflows, by its continued fraction.
_SNT_INLINE double erfcx(double x) {
  if (x < 25.0) {
    const double square = x * x;
    const double lost = __builtin_fma(x, x, -square);
    const double e = exp(square);
    return (e + e * lost) * __builtin_erfc(x);
  }
  double fraction = x;
  for (int i = 20; i > 0; --i) fraction = x + 0.5 * i / fraction;
  return 0x1.20dd750429b6dp-1 / fraction;  // 1 / sqrt(pi)
}

// The quantile of the normal distribution: Acklam's rational approximation (relative error
// 1.2e-9) and two of Halley's steps with erfc, which is exact in both tails.
_SNT_INLINE double normal_quantile(double p) {
  if (!(p > 0.0 && p < 1.0)) {
    return p == 0.0 ? -__builtin_inf() : p == 1.0 ? __builtin_inf() : __builtin_nan("");
  }
  const double tail = p < 0.5 ? p : 1.0 - p;
  double x;
  if (tail > 0.02425) {
    const double q = p - 0.5;
    const double r = q * q;
    x = q *
        polynomial(r, 2.506628277459239e+00, -3.066479806614716e+01, 1.383577518672690e+02,
                   -2.759285104469687e+02, 2.209460984245205e+02, -3.969683028665376e+01) /
        polynomial(r, 1.0, -1.328068155288572e+01, 6.680131188771972e+01, -1.556989798598866e+02,
                   1.615858368580409e+02, -5.447609879822406e+01);
  } else {
    const double q = __builtin_sqrt(-2.0 * log(tail));
    x = polynomial(q, 2.938163982698783e+00, 4.374664141464968e+00, -2.549732539343734e+00,
                   -2.400758277161838e+00, -3.223964580411365e-01, -7.784894002430293e-03) /
        polynomial(q, 1.0, 3.754408661907416e+00, 2.445134137142996e+00, 3.224671290700398e-01,
                   7.784695709041462e-03);
    x = p < 0.5 ? x : -x;
  }
  for (int step = 0; step < 2; ++step) {
    const bool above = x > 0;  // the smaller tail, so that no digits cancel
    const double have = 0.5 * __builtin_erfc((above ? x : -x) * 0x1.6a09e667f3bcdp-1);
    const double error = above ? (1.0 - p) - have : have - p;
    const double e = error * 2.50662827463100050242 * exp(0.5 * x * x);  // over the density
    x -= e / (1.0 + 0.5 * x * e);
  }
  return x;
}
_SNT_INLINE double normcdfinv(double p) { return normal_quantile(p); }
_SNT_INLINE double erfcinv(double y) { return normal_quantile(0.5 * y) * -0x1.6a09e667f3bcdp-1; }
// Near 0, where (y + 1) / 2 would lose y's digits, by Newton's steps on erf itself.
_SNT_INLINE double erfinv(double y) {
  if (__builtin_fabs(y) > 0.5) {
    return y > 0 ? erfcinv(1.0 - y) : -erfcinv(1.0 + y);
  }
  double x = y * 0x1.c5bf891b4ef6bp-1;  // sqrt(pi) / 2
  for (int step = 0; step < 4; ++step) {
    const double e = (__builtin_erf(x) - y) * 0x1.c5bf891b4ef6bp-1 * exp(x * x);
    x -= e / (1.0 + x * e);
  }
  return y == 0 ? y : x;
}

}  // namespace __snt
