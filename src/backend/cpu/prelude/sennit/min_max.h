// sennit/min_max.h: min, max and abs, with CUDA's overloads: also the mixed ones.
#pragma once

#include "sennit/keywords.h"

// The floating-point ones prefer a number to NaN, as fmin and fmax do.
#define _SNT_MIN_MAX(T, A, B)             \
  _SNT_INLINE constexpr T min(A a, B b) { \
    const T x = static_cast<T>(a);        \
    const T y = static_cast<T>(b);        \
    return x < y ? x : y;                 \
  }                                       \
  _SNT_INLINE constexpr T max(A a, B b) { \
    const T x = static_cast<T>(a);        \
    const T y = static_cast<T>(b);        \
    return x > y ? x : y;                 \
  }

_SNT_MIN_MAX(int, int, int)
_SNT_MIN_MAX(unsigned, unsigned, unsigned)
_SNT_MIN_MAX(unsigned, int, unsigned)
_SNT_MIN_MAX(unsigned, unsigned, int)
_SNT_MIN_MAX(long, long, long)
_SNT_MIN_MAX(unsigned long, unsigned long, unsigned long)
_SNT_MIN_MAX(unsigned long, long, unsigned long)
_SNT_MIN_MAX(unsigned long, unsigned long, long)
_SNT_MIN_MAX(long long, long long, long long)
_SNT_MIN_MAX(unsigned long long, unsigned long long, unsigned long long)
_SNT_MIN_MAX(unsigned long long, long long, unsigned long long)
_SNT_MIN_MAX(unsigned long long, unsigned long long, long long)
#undef _SNT_MIN_MAX

_SNT_INLINE float fminf(float a, float b) { return __builtin_fminf(a, b); }
_SNT_INLINE float fmaxf(float a, float b) { return __builtin_fmaxf(a, b); }
_SNT_INLINE double fmin(double a, double b) { return __builtin_fmin(a, b); }
_SNT_INLINE double fmax(double a, double b) { return __builtin_fmax(a, b); }
_SNT_INLINE float fmin(float a, float b) { return __builtin_fminf(a, b); }
_SNT_INLINE float fmax(float a, float b) { return __builtin_fmaxf(a, b); }
_SNT_INLINE float min(float a, float b) { return __builtin_fminf(a, b); }
_SNT_INLINE float max(float a, float b) { return __builtin_fmaxf(a, b); }
_SNT_INLINE double min(double a, double b) { return __builtin_fmin(a, b); }
_SNT_INLINE double max(double a, double b) { return __builtin_fmax(a, b); }
_SNT_INLINE double min(float a, double b) { return __builtin_fmin(a, b); }
_SNT_INLINE double max(float a, double b) { return __builtin_fmax(a, b); }
_SNT_INLINE double min(double a, float b) { return __builtin_fmin(a, b); }
_SNT_INLINE double max(double a, float b) { return __builtin_fmax(a, b); }

_SNT_INLINE constexpr unsigned umin(unsigned a, unsigned b) { return a < b ? a : b; }
_SNT_INLINE constexpr unsigned umax(unsigned a, unsigned b) { return a > b ? a : b; }
_SNT_INLINE constexpr long long llmin(long long a, long long b) { return a < b ? a : b; }
_SNT_INLINE constexpr long long llmax(long long a, long long b) { return a > b ? a : b; }
_SNT_INLINE constexpr unsigned long long ullmin(unsigned long long a, unsigned long long b) {
  return a < b ? a : b;
}
_SNT_INLINE constexpr unsigned long long ullmax(unsigned long long a, unsigned long long b) {
  return a > b ? a : b;
}

_SNT_INLINE constexpr int abs(int x) { return x < 0 ? -x : x; }
_SNT_INLINE constexpr long abs(long x) { return x < 0 ? -x : x; }
_SNT_INLINE constexpr long long abs(long long x) { return x < 0 ? -x : x; }
_SNT_INLINE constexpr long labs(long x) { return x < 0 ? -x : x; }
_SNT_INLINE constexpr long long llabs(long long x) { return x < 0 ? -x : x; }
_SNT_INLINE constexpr float abs(float x) { return __builtin_fabsf(x); }
_SNT_INLINE constexpr double abs(double x) { return __builtin_fabs(x); }
