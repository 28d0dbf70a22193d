#include "runtime/layout.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sennit {
namespace {

using Extents = std::vector<std::int64_t>;

Layout strided(const Extents& shape, const Extents& strides, std::int64_t offset,
               std::size_t bytes) {
  return Layout::strided(Dtype::Float32, shape, strides, offset, bytes);
}

TEST(Layout, ContiguousInCOrderHasTheLastDimensionClosest) {
  const Layout c = Layout::contiguous(Dtype::Float32, Extents{3, 4}, Order::C);
  EXPECT_EQ(Extents(c.strides_bytes().begin(), c.strides_bytes().end()), (Extents{16, 4}));
  EXPECT_TRUE(c.c_contiguous());
  EXPECT_FALSE(c.f_contiguous());
  const Layout f = Layout::contiguous(Dtype::Float32, Extents{3, 4}, Order::F);
  EXPECT_EQ(Extents(f.strides_bytes().begin(), f.strides_bytes().end()), (Extents{4, 12}));
  EXPECT_TRUE(f.f_contiguous());
}

TEST(Layout, AReversedOrTransposedViewIsDenseAColumnIsNot) {
  EXPECT_TRUE(strided({4}, {-4}, 12, 16).dense());
  EXPECT_EQ(strided({4}, {-4}, 12, 16).hull(), (ByteRange{0, 16}));
  EXPECT_TRUE(strided({4, 3}, {4, 16}, 0, 48).dense());
  EXPECT_FALSE(strided({3}, {16}, 4, 48).dense());
  EXPECT_EQ(strided({3}, {16}, 4, 48).hull(), (ByteRange{4, 40}));
}

TEST(Layout, ARepeatedElementIsNotDense) { EXPECT_FALSE(strided({4}, {0}, 0, 16).dense()); }

TEST(Layout, AViewThatReachesOutsideIsRefusedWithItsBytes) {
  try {
    strided({5}, {4}, 0, 16);
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "the view would reach from byte 0 to 20 of an array of 16 bytes");
  }
  EXPECT_THROW(strided({2}, {-4}, 0, 16), Error);
}

TEST(Layout, ShapesThatOverflowAreRefused) {
  EXPECT_THROW(
      Layout::contiguous(Dtype::Float64, Extents{std::int64_t{1} << 40, 1 << 30}, Order::C), Error);
  EXPECT_THROW(Layout::contiguous(Dtype::Float64, Extents{-1}, Order::C), Error);
  // Without elements nothing overflows.
  EXPECT_EQ(Layout::contiguous(Dtype::Float64, Extents{std::int64_t{1} << 40, 0}, Order::C).bytes(),
            0u);
}

TEST(Layout, CopyStridedTransposes) {
  const float from[6] = {1, 2, 3, 4, 5, 6};
  float to[6] = {};
  copy_strided(reinterpret_cast<std::byte*>(to), Extents{4, 8},
               reinterpret_cast<const std::byte*>(from), Extents{12, 4}, Extents{2, 3}, 4);
  const float expected[6] = {1, 4, 2, 5, 3, 6};
  EXPECT_TRUE(std::equal(to, to + 6, expected));
}

}  // namespace
}  // namespace sennit
