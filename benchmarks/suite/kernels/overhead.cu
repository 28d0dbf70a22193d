// benchmarks/suite/kernels/overhead.cu: kernels that do next to nothing, or nothing for a while.

extern "C" __global__ void touch(float* x) { x[0] += 1.0f; }

extern "C" __global__ void put(const float* x, float* out) { out[0] = x[0]; }

// x = 1 + the mean of what eight kernels left.
extern "C" __global__ void join(float* x, const float* a, const float* b, const float* c,
                                const float* d, const float* e, const float* f, const float* g,
                                const float* h) {
  x[0] = 1.0f + (a[0] + b[0] + c[0] + d[0] + e[0] + f[0] + g[0] + h[0]) / 8.0f;
}

extern "C" __global__ void fork(const float* x, float* out) { out[0] = x[0]; }

// As `fork`, but each of its threads is busy for `clocks` of its multiprocessor.
extern "C" __global__ void fork_busy(const float* x, float* out, long long clocks) {
  const long long start = clock64();
  while (clock64() - start < clocks) {
  }
  if (blockIdx.x == 0 && threadIdx.x == 0) out[0] = x[0];
}
