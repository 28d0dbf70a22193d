// base/half_test.cpp: float16 and bfloat16 conversions.

#include "base/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sennit {
namespace {

TEST(Half, EveryFiniteValueSurvivesTheWayToDoubleAndBack) {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if (!std::isnan(from_float16(half))) {
      ASSERT_EQ(float16_bits(from_float16(half)), half);
    }
    if (!std::isnan(from_bfloat16(half))) {
      ASSERT_EQ(bfloat16_bits(from_bfloat16(half)), half);
    }
  }
}

TEST(Half, AValueBetweenTwoNeighboursGoesToTheNearerAndATieToTheEven) {
  for (std::uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = from_float16(bits);
    const double high = from_float16(static_cast<std::uint16_t>(bits + 1));
    const double middle = (low + high) / 2;
    ASSERT_EQ(float16_bits(middle), bits % 2 == 0 ? bits : bits + 1);
    ASSERT_EQ(float16_bits(std::nextafter(middle, 0.0)), bits);
    ASSERT_EQ(float16_bits(std::nextafter(middle, 1e9)), bits + 1);
  }
}

TEST(Half, KnownValues) {
  EXPECT_EQ(float16_bits(1.0), 0x3c00);
  EXPECT_EQ(float16_bits(-2.0), 0xc000);
  EXPECT_EQ(float16_bits(65504.0), 0x7bff);
  EXPECT_EQ(float16_bits(65520.0), 0x7c00);  // rounds to infinity
  EXPECT_EQ(float16_bits(5.960464477539063e-08), 0x0001);
  EXPECT_EQ(float16_bits(1e-300), 0x0000);
  EXPECT_EQ(bfloat16_bits(1.0), 0x3f80);
  EXPECT_EQ(bfloat16_bits(-0.0), 0x8000);
  EXPECT_EQ(from_float16(0x3555), 0.333251953125);
}

TEST(Half, InfinityAndNanStayWhatTheyAre) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(from_float16(float16_bits(-infinity)), -infinity);
  EXPECT_EQ(from_bfloat16(bfloat16_bits(infinity)), infinity);
  EXPECT_TRUE(std::isnan(from_float16(float16_bits(std::nan("")))));
  EXPECT_TRUE(std::isnan(from_bfloat16(bfloat16_bits(std::nan("")))));
}

}  // namespace
}  // namespace sennit
