// base/half.h: float16 and bfloat16 as bits, to and from double. Neither type is standard C++20.
#pragma once

#include <bit>
#include <cstdint>

namespace sennit {
namespace half_detail {

// A sign, `kExponent` and `kMantissa` bits, as IEEE 754 arranges them.
template <int kExponent, int kMantissa>
struct Binary16 {
  static_assert(1 + kExponent + kMantissa == 16);
  static constexpr int kBias = (1 << (kExponent - 1)) - 1;
  static constexpr std::uint64_t kInfinity = ((std::uint64_t{1} << kExponent) - 1) << kMantissa;
  static constexpr int kDropped = 52 - kMantissa;  // mantissa bits that double has more

  // value / 2^shift, to the nearest, ties to even.
  static constexpr std::uint64_t rounded_shift(std::uint64_t value, int shift) {
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    const std::uint64_t odd = (value >> shift) & 1;
    return (value + half - 1 + odd) >> shift;
  }

  static constexpr std::uint16_t encode(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63);
    const std::uint64_t sign = (bits >> 63) << 15;
    const int exponent = static_cast<int>(magnitude >> 52) - 1023;
    std::uint64_t result = 0;
    if (magnitude > std::uint64_t{0x7ff} << 52) {
      result = kInfinity | (std::uint64_t{1} << (kMantissa - 1));  // a quiet NaN
    } else if (exponent > kBias) {
      result = kInfinity;
    } else if (exponent > -kBias) {
      // A carry out of the mantissa raises the exponent, up to infinity: as it should be.
      result =
          rounded_shift(magnitude - (static_cast<std::uint64_t>(1023 - kBias) << 52), kDropped);
    } else if (exponent >= -kBias - kMantissa) {
      const std::uint64_t significand =
          (magnitude & ((std::uint64_t{1} << 52) - 1)) | (std::uint64_t{1} << 52);
      result = rounded_shift(significand, kDropped + 1 - kBias - exponent);
    }
    return static_cast<std::uint16_t>(sign | result);
  }

  static constexpr double decode(std::uint16_t bits) {
    const std::uint64_t sign = std::uint64_t{bits} >> 15 << 63;
    const std::uint64_t magnitude = bits & 0x7fff;
    if (magnitude >= kInfinity) {
      return std::bit_cast<double>(sign | std::uint64_t{0x7ff} << 52 |
                                   (magnitude - kInfinity) << kDropped);
    }
    if (magnitude < std::uint64_t{1} << kMantissa) {  // zero or subnormal
      const double scale =
          std::bit_cast<double>(static_cast<std::uint64_t>(1023 + 1 - kBias - kMantissa) << 52);
      const double value = static_cast<double>(magnitude) * scale;
      return sign != 0 ? -value : value;
    }
    return std::bit_cast<double>(
        sign | ((magnitude << kDropped) + (static_cast<std::uint64_t>(1023 - kBias) << 52)));
  }
};

}  // namespace half_detail

// Rounds to nearest, ties to even; too large values become infinite.
constexpr std::uint16_t float16_bits(double value) {
  return half_detail::Binary16<5, 10>::encode(value);
}
constexpr std::uint16_t bfloat16_bits(double value) {
  return half_detail::Binary16<8, 7>::encode(value);
}
constexpr double from_float16(std::uint16_t bits) {
  return half_detail::Binary16<5, 10>::decode(bits);
}
constexpr double from_bfloat16(std::uint16_t bits) {
  return half_detail::Binary16<8, 7>::decode(bits);
}

}  // namespace sennit
