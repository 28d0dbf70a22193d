// cuComplex.h: complex numbers as float2 and double2, with CUDA's functions.
#pragma once

#include "sennit/prelude.h"

typedef float2 cuFloatComplex;
typedef double2 cuDoubleComplex;
typedef cuFloatComplex cuComplex;

// `f` marks the names of the functions on floats, as in cuCaddf.
#define _SNT_COMPLEX(name, T, f)                                                         \
  _SNT_INLINE T cuCreal##f(name z) { return z.x; }                                       \
  _SNT_INLINE T cuCimag##f(name z) { return z.y; }                                       \
  _SNT_INLINE name make_##name(T real, T imaginary) { return {real, imaginary}; }        \
  _SNT_INLINE name cuConj##f(name z) { return {z.x, -z.y}; }                             \
  _SNT_INLINE name cuCadd##f(name a, name b) { return {a.x + b.x, a.y + b.y}; }          \
  _SNT_INLINE name cuCsub##f(name a, name b) { return {a.x - b.x, a.y - b.y}; }          \
  _SNT_INLINE name cuCmul##f(name a, name b) {                                           \
    return {a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x};                               \
  }                                                                                      \
  /* Scaled by the divisor's size, so that its square neither overflows nor vanishes. */ \
  _SNT_INLINE name cuCdiv##f(name a, name b) {                                           \
    const T size = T(1) / (fabs(b.x) + fabs(b.y));                                       \
    const T ax = a.x * size, ay = a.y * size, bx = b.x * size, by = b.y * size;          \
    const T inverse = T(1) / (bx * bx + by * by);                                        \
    return {(ax * bx + ay * by) * inverse, (ay * bx - ax * by) * inverse};               \
  }                                                                                      \
  _SNT_INLINE T cuCabs##f(name z) { return hypot(z.x, z.y); }                            \
  _SNT_INLINE name cuCfma##f(name a, name b, name c) {                                   \
    return {fma(a.x, b.x, fma(-a.y, b.y, c.x)), fma(a.x, b.y, fma(a.y, b.x, c.y))};      \
  }
_SNT_COMPLEX(cuFloatComplex, float, f)
_SNT_COMPLEX(cuDoubleComplex, double, )
#undef _SNT_COMPLEX

_SNT_INLINE cuComplex make_cuComplex(float real, float imaginary) { return {real, imaginary}; }
_SNT_INLINE cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex z) {
  return {static_cast<float>(z.x), static_cast<float>(z.y)};
}
_SNT_INLINE cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex z) { return {z.x, z.y}; }
