// sennit/std_limits.h: <limits>.
#pragma once

#include "sennit/std_traits.h"

namespace cuda {
namespace std {

template <typename T>
struct numeric_limits {
  static constexpr bool is_specialized = false;
};

#define _SNT_INTEGER_LIMITS(T)                                                            \
  template <>                                                                             \
  struct numeric_limits<T> {                                                              \
    static constexpr bool is_specialized = true, is_integer = true, is_exact = true;      \
    static constexpr bool is_signed = static_cast<T>(-1) < static_cast<T>(0);             \
    static constexpr bool has_infinity = false, has_quiet_NaN = false;                    \
    static constexpr int digits = static_cast<int>(sizeof(T) * 8) - is_signed, radix = 2; \
    static constexpr T max() {                                                            \
      return static_cast<T>(~0ull >> (sizeof(T) == 8 ? is_signed : 64 - digits));         \
    }                                                                                     \
    static constexpr T min() { return is_signed ? static_cast<T>(-max() - 1) : 0; }       \
    static constexpr T lowest() { return min(); }                                         \
    static constexpr T epsilon() { return 0; }                                            \
  };
_SNT_INTEGER_LIMITS(char)
_SNT_INTEGER_LIMITS(signed char)
_SNT_INTEGER_LIMITS(unsigned char)
_SNT_INTEGER_LIMITS(short)
_SNT_INTEGER_LIMITS(unsigned short)
_SNT_INTEGER_LIMITS(int)
_SNT_INTEGER_LIMITS(unsigned)
_SNT_INTEGER_LIMITS(long)
_SNT_INTEGER_LIMITS(unsigned long)
_SNT_INTEGER_LIMITS(long long)
_SNT_INTEGER_LIMITS(unsigned long long)
#undef _SNT_INTEGER_LIMITS
template <>
struct numeric_limits<bool> {
  static constexpr bool is_specialized = true, is_integer = true, is_signed = false;
  static constexpr int digits = 1, radix = 2;
  static constexpr bool min() { return false; }
  static constexpr bool max() { return true; }
  static constexpr bool lowest() { return false; }
};

#define _SNT_REAL_LIMITS(T, prefix, suffix)                                                \
  template <>                                                                              \
  struct numeric_limits<T> {                                                               \
    static constexpr bool is_specialized = true, is_integer = false, is_exact = false;     \
    static constexpr bool is_signed = true, has_infinity = true, has_quiet_NaN = true;     \
    static constexpr bool is_iec559 = true;                                                \
    static constexpr int digits = prefix##_MANT_DIG, digits10 = prefix##_DIG, radix = 2;   \
    static constexpr int min_exponent = prefix##_MIN_EXP, max_exponent = prefix##_MAX_EXP; \
    static constexpr T min() { return prefix##_MIN; }                                      \
    static constexpr T max() { return prefix##_MAX; }                                      \
    static constexpr T lowest() { return -prefix##_MAX; }                                  \
    static constexpr T epsilon() { return prefix##_EPSILON; }                              \
    static constexpr T round_error() { return T(0.5); }                                    \
    static constexpr T infinity() { return __builtin_huge_val##suffix(); }                 \
    static constexpr T quiet_NaN() { return __builtin_nan##suffix(""); }                   \
    static constexpr T signaling_NaN() { return __builtin_nans##suffix(""); }              \
    static constexpr T denorm_min() { return T(sizeof(T) == 4 ? 0x1p-149 : 0x1p-1074); }   \
  };
_SNT_REAL_LIMITS(float, FLT, f)
_SNT_REAL_LIMITS(double, DBL, )
#undef _SNT_REAL_LIMITS
template <typename T>
struct numeric_limits<const T> : numeric_limits<T> {};

}  // namespace std
}  // namespace cuda
