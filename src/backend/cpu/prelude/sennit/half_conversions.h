// sennit/half_conversions.h: the bits of half and bfloat16 from and to float and double.
#pragma once

#include "sennit/rounding.h"

#pragma float_control(push)
#pragma clang fp contract(off) reassociate(off) reciprocal(off)

namespace __snt {

// Rounds to float so that rounding once more, to fewer bits, is as right as rounding `x` itself:
// a lost part is remembered in the last bit (round to odd).
_SNT_INLINE float narrow_to_odd(double x) {
  const float toward_zero = narrow<rounding::zero>(x, 0.0);
  const bool exact = static_cast<double>(toward_zero) == x || x != x;
  const float odd = __uint_as_float(__float_as_uint(toward_zero) | 1u);
  return exact || __builtin_isinf(toward_zero) ? toward_zero : odd;
}

// The format of a 16-bit floating-point type: to float exactly, and from float by each rounding.
struct half_format {
  _SNT_INLINE static float to_float(unsigned short bits) {
    return static_cast<float>(__builtin_bit_cast(_Float16, bits));
  }
  _SNT_INLINE static unsigned short from_float(float x) {
    return __builtin_bit_cast(unsigned short, static_cast<_Float16>(x));
  }
};
// The upper half of a float.
struct bfloat16_format {
  _SNT_INLINE static float to_float(unsigned short bits) {
    return __uint_as_float(static_cast<unsigned>(bits) << 16);
  }
  _SNT_INLINE static unsigned short from_float(float x) {
    const unsigned bits = __float_as_uint(x);
    const unsigned rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    return static_cast<unsigned short>(x != x ? 0x7fffu : rounded >> 16);
  }
};

// As `correct` of rounding.h, on the bits: the neighbours of a positive number are one away.
template <typename Format, rounding mode>
_SNT_INLINE unsigned short from_float(float x) {
  const unsigned short bits = Format::from_float(x);
  if constexpr (mode == rounding::nearest) return bits;
  const float result = Format::to_float(bits);
  if (x != x || result == x) return bits;
  const bool above = result > x;
  const bool negative = bits & 0x8000u;
  const bool inward = negative ? !above : above;  // the wanted neighbour is nearer to zero
  const bool move = mode == rounding::down ? above : mode == rounding::up ? !above : inward;
  return static_cast<unsigned short>(!move ? bits : inward ? bits - 1 : bits + 1);
}

}  // namespace __snt

#pragma float_control(pop)
