// backend/cpu/kernel_corpus_numbers_test.cpp: cases of numbers.cu and halves.cu.
#include <bit>
#include <cmath>
#include <random>

#include "backend/cpu/kernel_corpus.h"

namespace sennit::cpu {
namespace {

template <typename T>
std::function<void(const CorpusKernel&)> leaves(std::vector<T> expected) {
  return [=](const CorpusKernel& kernel) {
    std::vector<T> out(expected.size());
    kernel(out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double tolerance = std::abs(static_cast<double>(expected[i])) * 1e-12;
      if (std::isinf(static_cast<double>(expected[i])) && out[i] == expected[i]) continue;
      EXPECT_NEAR(static_cast<double>(out[i]), static_cast<double>(expected[i]), tolerance)
          << "value " << i;
    }
  };
}

std::vector<double> special_values() {
  return {1 + 2 + 1,
          1,
          1,
          1,
          3 - 3 + 3 - 2 + 8 + 100,
          -8 + 1 + 0.5 + 4,
          1,
          1,
          1 - 1 + 1,
          1 - 1,
          75 + 6,
          -25 - 3,
          24 + 6 + 10 - 2,
          0.5 + 1.0 / 3 - 2 + 5 + 0.5,
          -1.5 - 0.5 - 3 + 2,
          1,
          24 + 0.5,
          0.25 + 0 + 1 + 1,
          0 + 1 + 7 + 1 + 2 + 3,
          std::sin(1e22) * 1e6};
}

[[maybe_unused]] const bool kNumbers = add_corpus({
    {"numbers.cu", "special_values", blocks_of(1, 1), leaves<double>(special_values())},
    {"numbers.cu",
     "special_values",
     blocks_of(1, 1),
     leaves<double>(special_values()),
     {"--use_fast_math", "--std=c++20"}},
    {"numbers.cu", "integers", blocks_of(1, 1),
     leaves<long long>({800 + 31 + 32 + 4, 6400 + 63 + 64 + 41, 1, 4294967296 - 2 * 100 + 3, -1 + 2,
                        4294967296 - 15 + 6, 0x77441100, 1, 1, 17 + 105 + 0 + 4 + 295,
                        4 * 2 + 3 + 2 + 1 + 5 + 510 - 2 + 3 * 4 + 2 * 5, 700 + 7 + 1,
                        2000 - 200 - 30 + 3, 1, 1, 5 + 7 + 9 + 3000 + 1, 200 + 30})},
    {"numbers.cu", "roundings", blocks_of(20, 50),
     [](const CorpusKernel& kernel) {
       std::mt19937 random(5);
       std::uniform_real_distribution<double> values(-100, 100);
       const auto a = make<double>(1000, [&](int) { return values(random); });
       const auto b = make<double>(1000, [&](int) { return values(random); });
       int wrong = 0;
       kernel(a.data(), b.data(), &wrong);
       EXPECT_EQ(wrong, 0);
     }},
    {"numbers.cu", "exact_roundings", blocks_of(1, 1), leaves<int>({0})},
});

// The nearest half or bfloat16, in double: `digits` of them, exponents from `smallest` up.
double nearest(double x, int digits, int smallest) {
  if (x == 0 || !std::isfinite(x)) return x;
  const int exponent = std::max(std::ilogb(x), smallest);
  const double ulp = std::ldexp(1.0, exponent - digits + 1);
  return std::nearbyint(x / ulp) * ulp;
}
double half_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double size =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
  return bits & 0x8000 ? -size : size;
}
double bfloat16_value(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// All operations of `arithmetic` on pairs of patterns, against exact arithmetic rounded once.
std::function<void(const CorpusKernel&)> check_arithmetic(double (*value)(std::uint16_t),
                                                          int digits, int smallest, unsigned first,
                                                          unsigned step) {
  return [=](const CorpusKernel& kernel) {
    const int n = kernel.threads();
    const auto a =
        make<std::uint16_t>(n, [=](int i) { return first + step * static_cast<unsigned>(i); });
    const auto b = make<std::uint16_t>(n, [=](int i) {
      return (first + step * static_cast<unsigned>(n - i)) ^ (i & 1 ? 0x8000u : 0);
    });
    std::vector<std::uint16_t> out(6 * static_cast<std::size_t>(n));
    kernel(a.data(), b.data(), out.data());
    for (int i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(i), size = static_cast<std::size_t>(n);
      const double x = value(a[at]), y = value(b[at]);
      const double exact[] = {x + y, x - y, x * y, x / y, std::fma(x, y, x), std::fmax(x, y)};
      for (std::size_t k = 0; k < 6; ++k) {
        EXPECT_EQ(value(out[k * size + at]), nearest(exact[k], digits, smallest))
            << "operation " << k << " of " << x << " and " << y;
      }
    }
  };
}

struct Float2 {
  float x, y;
};

[[maybe_unused]] const bool kHalves = add_corpus({
    {"halves.cu", "arithmetic<half>", blocks_of(1, 512),
     check_arithmetic(half_value, 11, -14, 0x3100, 0x0d)},
    {"halves.cu", "arithmetic<__nv_bfloat16>", blocks_of(1, 512),
     check_arithmetic(bfloat16_value, 8, -126, 0x3e00, 0x01)},
    {"halves.cu", "half_pairs", blocks_of(1, 4),
     [](const CorpusKernel& kernel) {
       const std::vector<std::uint16_t> in(8, 0x4000);  // 2
       std::vector<std::uint16_t> out(8);
       std::vector<Float2> wide(4);
       kernel(in.data(), out.data(), wide.data());
       EXPECT_EQ(out, std::vector<std::uint16_t>(8, 0x4880));  // 3 * 2 + 3
       EXPECT_EQ(wide[3].x, 103.0f);
       EXPECT_EQ(wide[3].y, 3.0f);
     }},
    {"halves.cu", "half_values", blocks_of(1, 1),
     leaves<double>(
         {0.0999755859375, 1, 1, 1.0009765625, INFINITY, 0x3c00 + 2, 4, 1, 1.0, 3.140625, 4})},
    {"halves.cu", "half_reduction", blocks_of(1, 64),
     [](const CorpusKernel& kernel) {
       const std::vector<std::uint16_t> in(64, 0x3c00);  // 1
       std::vector<std::uint16_t> sum(1), pairs(2), brain(1);
       kernel(in.data(), sum.data(), pairs.data(), brain.data());
       EXPECT_EQ(half_value(sum[0]), 64);
       EXPECT_EQ(half_value(pairs[0]), 64);
       EXPECT_EQ(half_value(pairs[1]), 32);
       EXPECT_EQ(bfloat16_value(brain[0]), 32);
     }},
});

}  // namespace
}  // namespace sennit::cpu
