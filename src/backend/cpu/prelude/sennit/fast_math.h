// sennit/fast_math.h: the intrinsics that trade exactness for speed on a GPU, and what
// --use_fast_math makes of the standard functions. On a CPU they are the functions themselves:
// those already are branch-free, and no result is less exact than on a GPU.
#pragma once

#include "sennit/math_functions.h"

_SNT_INLINE float __expf(float x) { return expf(x); }
_SNT_INLINE float __exp10f(float x) { return exp10f(x); }
_SNT_INLINE float __logf(float x) { return logf(x); }
_SNT_INLINE float __log2f(float x) { return log2f(x); }
_SNT_INLINE float __log10f(float x) { return log10f(x); }
_SNT_INLINE float __sinf(float x) { return sinf(x); }
_SNT_INLINE float __cosf(float x) { return cosf(x); }
_SNT_INLINE float __tanf(float x) { return tanf(x); }
_SNT_INLINE void __sincosf(float x, float* sine, float* cosine) { sincosf(x, sine, cosine); }
_SNT_INLINE float __powf(float x, float y) { return exp2f(y * log2f(x)); }
_SNT_INLINE float __tanhf(float x) { return tanhf(x); }
_SNT_INLINE float __fdividef(float x, float y) { return x / y; }
_SNT_INLINE float fdividef(float x, float y) { return x / y; }
_SNT_INLINE double fdivide(double x, double y) { return x / y; }
// NaN becomes 0, as on a GPU.
_SNT_INLINE float __saturatef(float x) { return __builtin_fminf(__builtin_fmaxf(x, 0.0f), 1.0f); }
