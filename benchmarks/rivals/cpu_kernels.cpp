// benchmarks/rivals/cpu_kernels.cpp: what the kernels of cpu_kernels.cpp do, by hand with OpenMP.
#include "rivals/cpu_kernels.h"

#include <cmath>

namespace rivals {

void saxpy(float a, const float* x, float* y, int count) {
#pragma omp parallel for simd schedule(static)
  for (int i = 0; i < count; ++i) y[i] = a * x[i] + y[i];
}

namespace {

// Abramowitz and Stegun, 26.2.17.
inline double normal_cdf(double d) {
  const double k = 1.0 / (1.0 + 0.2316419 * std::fabs(d));
  const double tail =
      0.39894228040143267794 * std::exp(-0.5 * d * d) * k *
      (0.319381530 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return d > 0 ? 1.0 - tail : tail;
}

}  // namespace

void black_scholes(const double* spot, const double* strike, const double* years, double* call,
                   double* put, double rate, double volatility, int count) {
#pragma omp parallel for simd schedule(static)
  for (int i = 0; i < count; ++i) {
    const double root = std::sqrt(years[i]);
    const double d1 =
        (std::log(spot[i] / strike[i]) + (rate + 0.5 * volatility * volatility) * years[i]) /
        (volatility * root);
    const double n1 = normal_cdf(d1), n2 = normal_cdf(d1 - volatility * root);
    const double discounted = strike[i] * std::exp(-rate * years[i]);
    call[i] = spot[i] * n1 - discounted * n2;
    put[i] = discounted * (1.0 - n2) - spot[i] * (1.0 - n1);
  }
}

void sobel(const float* in, float* out, int width, int height) {
#pragma omp parallel for schedule(static)
  for (int y = 1; y < height - 1; ++y) {
    const float* above = in + static_cast<std::ptrdiff_t>(y - 1) * width;
    const float *row = above + width, *below = row + width;
    float* to = out + static_cast<std::ptrdiff_t>(y) * width;
#pragma omp simd
    for (int x = 1; x < width - 1; ++x) {
      const float gx = above[x + 1] + 2 * row[x + 1] + below[x + 1] - above[x - 1] -
                       2 * row[x - 1] - below[x - 1];
      const float gy =
          below[x - 1] + 2 * below[x] + below[x + 1] - above[x - 1] - 2 * above[x] - above[x + 1];
      to[x] = std::sqrt(gx * gx + gy * gy);
    }
  }
}

void matrix_product(const float* a, const float* b, float* c, int size) {
  constexpr int kTile = 32;
#pragma omp parallel for collapse(2) schedule(static)
  for (int top = 0; top < size; top += kTile) {
    for (int left = 0; left < size; left += kTile) {
      alignas(64) float sum[kTile][kTile] = {}, from_a[kTile][kTile], from_b[kTile][kTile];
      for (int m = 0; m < size; m += kTile) {
        for (int i = 0; i < kTile; ++i) {
          for (int j = 0; j < kTile; ++j) {
            from_a[i][j] = a[(top + i) * size + m + j];
            from_b[i][j] = b[(m + i) * size + left + j];
          }
        }
        for (int i = 0; i < kTile; ++i)
          for (int k = 0; k < kTile; ++k)
            for (int j = 0; j < kTile; ++j) sum[i][j] += from_a[i][k] * from_b[k][j];
      }
      for (int i = 0; i < kTile; ++i)
        for (int j = 0; j < kTile; ++j) c[(top + i) * size + left + j] = sum[i][j];
    }
  }
}

float tree_sum(const float* in, int count) {
  constexpr int kBlock = 256;
  float total = 0;
#pragma omp parallel for reduction(+ : total) schedule(static)
  for (int begin = 0; begin < count; begin += kBlock) {
    alignas(64) float part[kBlock];
    for (int t = 0; t < kBlock; ++t) part[t] = begin + t < count ? in[begin + t] : 0.0f;
    for (int half = kBlock / 2; half > 0; half /= 2)
      for (int t = 0; t < half; ++t) part[t] += part[t + half];
    total += part[0];
  }
  return total;
}

}  // namespace rivals
