// benchmarks/rivals/cpu_kernels.h: what the kernels of cpu_kernels.cpp do, by hand with OpenMP.
#pragma once

#include <cstddef>

namespace rivals {

// y = a * x + y
void saxpy(float a, const float* x, float* y, int count);

// European call and put prices.
void black_scholes(const double* spot, const double* strike, const double* years, double* call,
                   double* put, double rate, double volatility, int count);

// Magnitude of the gradient; the border stays as it is.
void sobel(const float* in, float* out, int width, int height);

// c = a * b, square, in tiles of 32; `size` is a multiple of 32.
void matrix_product(const float* a, const float* b, float* c, int size);

// The sum, by the same tree as the kernel: blocks of 256, halved until one is left.
float tree_sum(const float* in, int count);

}  // namespace rivals
