// bindings/python/src/half.h: the two 16-bit floating-point formats, rounded to nearest even.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace sennit::python {

// IEEE binary16. A double is rounded once: going through float would round twice.
struct Float16 {
  std::uint16_t bits = 0;

  Float16() = default;
  explicit Float16(double value) {
    const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
    const double magnitude = std::fabs(value);
    if (std::isnan(value)) {
      bits = static_cast<std::uint16_t>(sign | 0x7e00);
    } else if (magnitude >= 65520) {  // halfway between the largest finite one and the next
      bits = static_cast<std::uint16_t>(sign | 0x7c00);
    } else if (magnitude < 0x1p-14) {  // a subnormal, counted in units of 2^-24; 1024 is normal
      bits = static_cast<std::uint16_t>(sign | std::lrint(magnitude * 0x1p24));
    } else {
      int exponent = 0;
      const double fraction = std::frexp(magnitude, &exponent);  // in [0.5, 1)
      // 1024 to 2048; the latter carries into the exponent, as it must.
      const auto mantissa = std::lrint(std::ldexp(fraction, 11));
      bits = static_cast<std::uint16_t>(sign | ((exponent + 13) * 1024 + mantissa));
    }
  }
  explicit operator double() const {
    const int exponent = (bits >> 10) & 0x1f;
    const int mantissa = bits & 0x3ff;
    double magnitude = 0;
    if (exponent == 0x1f) {
      magnitude = mantissa == 0 ? HUGE_VAL : std::nan("");
    } else if (exponent == 0) {
      magnitude = std::ldexp(mantissa, -24);
    } else {
      magnitude = std::ldexp(1024 + mantissa, exponent - 25);
    }
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }
};

// The upper half of a float.
struct BFloat16 {
  std::uint16_t bits = 0;

  BFloat16() = default;
  explicit BFloat16(double value) {
    float rounded = static_cast<float>(value);
    // Rounding to odd first keeps the second rounding, to bfloat16, from going wrong.
    if (std::isfinite(rounded) && static_cast<double>(rounded) != value) {
      if (std::fabs(static_cast<double>(rounded)) > std::fabs(value))
        rounded = std::nextafter(rounded, 0.0F);
      rounded = std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) | 1U);
    }
    const auto word = std::bit_cast<std::uint32_t>(rounded);
    if (std::isnan(value)) {
      bits = static_cast<std::uint16_t>((word >> 16) | 0x40);
    } else {
      bits = static_cast<std::uint16_t>((word + 0x7fff + ((word >> 16) & 1)) >> 16);
    }
  }
  explicit operator double() const {
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
  }
};

}  // namespace sennit::python
