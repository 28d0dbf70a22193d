// benchmarks/suite/kernels/bs.cu: European call options by Black and Scholes.

// The normal distribution by a polynomial of five terms (Abramowitz and Stegun 26.2.17).
__device__ inline double normal_cdf(double d) {
  const double k = 1.0 / (1.0 + 0.2316419 * fabs(d));
  const double tail =
      0.39894228040143267794 * exp(-0.5 * d * d) * k *
      (0.31938153 +
       k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  return d > 0.0 ? 1.0 - tail : tail;
}

extern "C" __global__ void bs(const double* spot, double* call, int n, double rate,
                              double volatility, double years, double strike) {
  const double deviation = volatility * sqrt(years);
  const double discounted = strike * exp(-rate * years);
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    const double d1 =
        (log(spot[i] / strike) + (rate + 0.5 * volatility * volatility) * years) / deviation;
    const double d2 = d1 - deviation;
    call[i] = spot[i] * normal_cdf(d1) - discounted * normal_cdf(d2);
  }
}
