// sennit/math_functions.h: CUDA's mathematical functions, each for double, for float, under the
// float name, and for integers, which count as double.
#pragma once

#include "sennit/elementary.h"
#include "sennit/keywords.h"
#include "sennit/min_max.h"
#include "sennit/special_functions.h"
#include "sennit/trigonometry.h"

namespace __snt {

template <bool condition, typename T>
struct enable_if {};
template <typename T>
struct enable_if<true, T> {
  typedef T type;
};
template <typename T>
using double_for_integer = typename enable_if<__is_integral(T), double>::type;
// The mixed forms of two arguments: at least one is no float, and they are not both double.
template <typename A, typename B>
using double_for_mixed =
    typename enable_if<__is_arithmetic(A) && __is_arithmetic(B) &&
                           !(__is_same(A, B) && (__is_same(A, float) || __is_same(A, double))),
                       double>::type;

}  // namespace __snt

// Declares name(double), namef(float), name(float) and name(integer) by two expressions of x.
#define _SNT_MATH_1(name, double_form, float_form)          \
  _SNT_INLINE double name(double x) { return double_form; } \
  _SNT_INLINE float name##f(float x) { return float_form; } \
  _SNT_INLINE float name(float x) { return name##f(x); }    \
  template <typename T>                                     \
  _SNT_INLINE __snt::double_for_integer<T> name(T x) {      \
    return name(static_cast<double>(x));                    \
  }

#define _SNT_MATH_2(name, double_form, float_form)                    \
  _SNT_INLINE double name(double x, double y) { return double_form; } \
  _SNT_INLINE float name##f(float x, float y) { return float_form; }  \
  _SNT_INLINE float name(float x, float y) { return name##f(x, y); }  \
  template <typename A, typename B>                                   \
  _SNT_INLINE __snt::double_for_mixed<A, B> name(A x, B y) {          \
    return name(static_cast<double>(x), static_cast<double>(y));      \
  }

#define _SNT_LIBRARY_1(name) _SNT_MATH_1(name, __builtin_##name(x), __builtin_##name##f(x))
#define _SNT_LIBRARY_2(name) _SNT_MATH_2(name, __builtin_##name(x, y), __builtin_##name##f(x, y))

// ---- Rounding and parts ------------------------------------------------------------------------

_SNT_LIBRARY_1(sqrt)
_SNT_LIBRARY_1(fabs)
_SNT_LIBRARY_1(floor)
_SNT_LIBRARY_1(ceil)
_SNT_LIBRARY_1(trunc)
_SNT_LIBRARY_1(round)
_SNT_LIBRARY_1(rint)
_SNT_LIBRARY_1(nearbyint)
_SNT_LIBRARY_1(logb)
_SNT_LIBRARY_2(fmod)
_SNT_LIBRARY_2(remainder)
_SNT_LIBRARY_2(copysign)
_SNT_LIBRARY_2(nextafter)
_SNT_LIBRARY_2(fdim)

_SNT_INLINE long lrint(double x) { return static_cast<long>(__builtin_rint(x)); }
_SNT_INLINE long lrint(float x) { return static_cast<long>(__builtin_rintf(x)); }
_SNT_INLINE long lrintf(float x) { return lrint(x); }
_SNT_INLINE long lround(double x) { return static_cast<long>(__builtin_round(x)); }
_SNT_INLINE long lround(float x) { return static_cast<long>(__builtin_roundf(x)); }
_SNT_INLINE long lroundf(float x) { return lround(x); }
_SNT_INLINE long long llrint(double x) { return lrint(x); }
_SNT_INLINE long long llrint(float x) { return lrint(x); }
_SNT_INLINE long long llrintf(float x) { return lrint(x); }
_SNT_INLINE long long llround(double x) { return lround(x); }
_SNT_INLINE long long llround(float x) { return lround(x); }
_SNT_INLINE long long llroundf(float x) { return lround(x); }

_SNT_INLINE double ldexp(double x, int n) { return __builtin_ldexp(x, n); }
_SNT_INLINE float ldexpf(float x, int n) { return __builtin_ldexpf(x, n); }
_SNT_INLINE float ldexp(float x, int n) { return __builtin_ldexpf(x, n); }
_SNT_INLINE double scalbn(double x, int n) { return __builtin_ldexp(x, n); }
_SNT_INLINE float scalbnf(float x, int n) { return __builtin_ldexpf(x, n); }
_SNT_INLINE float scalbn(float x, int n) { return __builtin_ldexpf(x, n); }
_SNT_INLINE double scalbln(double x, long n) { return __builtin_scalbln(x, n); }
_SNT_INLINE float scalblnf(float x, long n) { return __builtin_scalblnf(x, n); }
_SNT_INLINE float scalbln(float x, long n) { return __builtin_scalblnf(x, n); }
_SNT_INLINE double frexp(double x, int* n) { return __builtin_frexp(x, n); }
_SNT_INLINE float frexpf(float x, int* n) { return __builtin_frexpf(x, n); }
_SNT_INLINE float frexp(float x, int* n) { return __builtin_frexpf(x, n); }
_SNT_INLINE int ilogb(double x) { return __builtin_ilogb(x); }
_SNT_INLINE int ilogbf(float x) { return __builtin_ilogbf(x); }
_SNT_INLINE int ilogb(float x) { return __builtin_ilogbf(x); }
_SNT_INLINE double modf(double x, double* whole) { return __builtin_modf(x, whole); }
_SNT_INLINE float modff(float x, float* whole) { return __builtin_modff(x, whole); }
_SNT_INLINE float modf(float x, float* whole) { return __builtin_modff(x, whole); }
_SNT_INLINE double remquo(double x, double y, int* n) { return __builtin_remquo(x, y, n); }
_SNT_INLINE float remquof(float x, float y, int* n) { return __builtin_remquof(x, y, n); }
_SNT_INLINE float remquo(float x, float y, int* n) { return __builtin_remquof(x, y, n); }
_SNT_INLINE double nan(const char*) { return __builtin_nan(""); }
_SNT_INLINE float nanf(const char*) { return __builtin_nanf(""); }

#define _SNT_CLASSIFY(name)                                                                 \
  _SNT_INLINE constexpr bool name(double x) { return __builtin_##name(x); }                 \
  _SNT_INLINE constexpr bool name(float x) { return __builtin_##name(x); }                  \
  template <typename T>                                                                     \
  _SNT_INLINE constexpr typename __snt::enable_if<__is_integral(T), bool>::type name(T x) { \
    return __builtin_##name(static_cast<double>(x));                                        \
  }
_SNT_CLASSIFY(isnan)
_SNT_CLASSIFY(isinf)
_SNT_CLASSIFY(isfinite)
_SNT_CLASSIFY(isnormal)
_SNT_CLASSIFY(signbit)
#undef _SNT_CLASSIFY
_SNT_INLINE bool isgreater(double x, double y) { return __builtin_isgreater(x, y); }
_SNT_INLINE bool isgreaterequal(double x, double y) { return __builtin_isgreaterequal(x, y); }
_SNT_INLINE bool isless(double x, double y) { return __builtin_isless(x, y); }
_SNT_INLINE bool islessequal(double x, double y) { return __builtin_islessequal(x, y); }
_SNT_INLINE bool islessgreater(double x, double y) { return __builtin_islessgreater(x, y); }
_SNT_INLINE bool isunordered(double x, double y) { return __builtin_isunordered(x, y); }

_SNT_INLINE double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }
_SNT_INLINE float fmaf(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
_SNT_INLINE float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }

// ---- Powers and roots --------------------------------------------------------------------------

_SNT_MATH_1(exp, __snt::exp(x), __snt::exp(x))
_SNT_MATH_1(exp2, __snt::exp2(x), __snt::exp2(x))
_SNT_MATH_1(exp10, __snt::exp10(x), __snt::exp10(x))
_SNT_MATH_1(expm1, __snt::expm1(x), __snt::expm1(x))
_SNT_MATH_1(log, __snt::log(x), __snt::log(x))
_SNT_MATH_1(log2, __snt::log2(x), __snt::log2(x))
_SNT_MATH_1(log10, __snt::log10(x), __snt::log10(x))
_SNT_LIBRARY_1(log1p)
_SNT_MATH_2(pow, __snt::pow(x, y), __snt::pow(x, y))
_SNT_LIBRARY_1(cbrt)
_SNT_LIBRARY_2(hypot)
_SNT_MATH_1(rsqrt, 1.0 / __builtin_sqrt(x), 1.0f / __builtin_sqrtf(x))
_SNT_MATH_1(rcbrt, 1.0 / __builtin_cbrt(x), 1.0f / __builtin_cbrtf(x))
_SNT_MATH_2(rhypot, 1.0 / __builtin_hypot(x, y), 1.0f / __builtin_hypotf(x, y))
_SNT_INLINE double norm3d(double a, double b, double c) {
  return __builtin_hypot(__builtin_hypot(a, b), c);
}
_SNT_INLINE float norm3df(float a, float b, float c) { return static_cast<float>(norm3d(a, b, c)); }
_SNT_INLINE double norm4d(double a, double b, double c, double d) {
  return __builtin_hypot(__builtin_hypot(a, b), __builtin_hypot(c, d));
}
_SNT_INLINE float norm4df(float a, float b, float c, float d) {
  return static_cast<float>(norm4d(a, b, c, d));
}
_SNT_INLINE double rnorm3d(double a, double b, double c) { return 1.0 / norm3d(a, b, c); }
_SNT_INLINE float rnorm3df(float a, float b, float c) {
  return static_cast<float>(1.0 / norm3d(a, b, c));
}
_SNT_INLINE double rnorm4d(double a, double b, double c, double d) {
  return 1.0 / norm4d(a, b, c, d);
}
_SNT_INLINE float rnorm4df(float a, float b, float c, float d) {
  return static_cast<float>(1.0 / norm4d(a, b, c, d));
}
_SNT_INLINE double norm(int n, const double* values) {
  double length = 0;
  for (int i = 0; i < n; ++i) length = __builtin_hypot(length, values[i]);
  return length;
}
_SNT_INLINE float normf(int n, const float* values) {
  double sum = 0;  // squares of floats neither overflow nor underflow a double
  for (int i = 0; i < n; ++i)
    sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return static_cast<float>(__builtin_sqrt(sum));
}
_SNT_INLINE double rnorm(int n, const double* values) { return 1.0 / norm(n, values); }
_SNT_INLINE float rnormf(int n, const float* values) { return 1.0f / normf(n, values); }

// ---- Angles ------------------------------------------------------------------------------------

_SNT_MATH_1(sin, __snt::sin(x), __snt::sin(x))
_SNT_MATH_1(cos, __snt::cos(x), __snt::cos(x))
_SNT_LIBRARY_1(tan)
_SNT_LIBRARY_1(asin)
_SNT_LIBRARY_1(acos)
_SNT_LIBRARY_1(atan)
_SNT_LIBRARY_2(atan2)
_SNT_LIBRARY_1(sinh)
_SNT_LIBRARY_1(cosh)
_SNT_MATH_1(tanh, __snt::tanh(x), __snt::tanh(x))
_SNT_LIBRARY_1(asinh)
_SNT_LIBRARY_1(acosh)
_SNT_LIBRARY_1(atanh)
_SNT_MATH_1(sinpi, __snt::sinpi(x), static_cast<float>(__snt::sinpi(static_cast<double>(x))))
_SNT_MATH_1(cospi, __snt::cospi(x), static_cast<float>(__snt::cospi(static_cast<double>(x))))

_SNT_INLINE void sincos(double x, double* sine, double* cosine) {
  *sine = sin(x);
  *cosine = cos(x);
}
_SNT_INLINE void sincosf(float x, float* sine, float* cosine) {
  *sine = sinf(x);
  *cosine = cosf(x);
}
_SNT_INLINE void sincos(float x, float* sine, float* cosine) { sincosf(x, sine, cosine); }
_SNT_INLINE void sincospi(double x, double* sine, double* cosine) {
  *sine = sinpi(x);
  *cosine = cospi(x);
}
_SNT_INLINE void sincospif(float x, float* sine, float* cosine) {
  *sine = sinpif(x);
  *cosine = cospif(x);
}
_SNT_INLINE void sincospi(float x, float* sine, float* cosine) { sincospif(x, sine, cosine); }

// ---- Distributions and other special functions -------------------------------------------------

_SNT_LIBRARY_1(erf)
_SNT_LIBRARY_1(erfc)
_SNT_LIBRARY_1(tgamma)
_SNT_MATH_1(lgamma, __snt::lgamma(x), __snt::lgamma(x))
_SNT_MATH_1(normcdf, 0.5 * __builtin_erfc(x * -0.70710678118654752440),
            static_cast<float>(0.5 * __builtin_erfc(x * -0.70710678118654752440)))
_SNT_MATH_1(normcdfinv, __snt::normcdfinv(x), static_cast<float>(__snt::normcdfinv(x)))
_SNT_MATH_1(erfinv, __snt::erfinv(x), static_cast<float>(__snt::erfinv(x)))
_SNT_MATH_1(erfcinv, __snt::erfcinv(x), static_cast<float>(__snt::erfcinv(x)))
_SNT_MATH_1(erfcx, __snt::erfcx(x), static_cast<float>(__snt::erfcx(x)))
_SNT_INLINE float j0f(float x) { return static_cast<float>(j0(static_cast<double>(x))); }
_SNT_INLINE float j1f(float x) { return static_cast<float>(j1(static_cast<double>(x))); }
_SNT_INLINE float jnf(int n, float x) { return static_cast<float>(jn(n, static_cast<double>(x))); }
_SNT_INLINE float y0f(float x) { return static_cast<float>(y0(static_cast<double>(x))); }
_SNT_INLINE float y1f(float x) { return static_cast<float>(y1(static_cast<double>(x))); }
_SNT_INLINE float ynf(int n, float x) { return static_cast<float>(yn(n, static_cast<double>(x))); }

#undef _SNT_LIBRARY_1
#undef _SNT_LIBRARY_2
