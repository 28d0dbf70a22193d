// benchmarks/suite/kernels/hits.cu: hubs and authorities of a graph, one step of the power method.

// out = matrix * x, the matrix in compressed rows. Four threads share a row; a warp fetches eight
// rows at a time from the counter, which holds 0 at the start (as in LightSpMV), so that long rows
// do not hold up short ones.
extern "C" __global__ void spmv(int* next_row, const int* starts, const int* columns,
                                const int* values, const float* x, float* out, int rows) {
  const int lane = threadIdx.x % 32;
  const int lane_of_row = lane % 4;
  for (;;) {
    int first = 0;
    if (lane == 0) first = atomicAdd(next_row, 8);
    first = __shfl_sync(0xffffffffu, first, 0);
    if (first >= rows) return;
    const int row = first + lane / 4;
    float sum = 0.0f;
    if (row < rows) {
      for (int i = starts[row] + lane_of_row; i < starts[row + 1]; i += 4) {
        sum += (float)values[i] * x[columns[i]];
      }
    }
    sum += __shfl_xor_sync(0xffffffffu, sum, 1);
    sum += __shfl_xor_sync(0xffffffffu, sum, 2);
    if (row < rows && lane_of_row == 0) out[row] = sum;
  }
}

// Adds the sum of x to result[0].
extern "C" __global__ void sum(const float* x, float* result, int n) {
  float partial = 0.0f;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    partial += x[i];
  }
  for (int step = 16; step > 0; step /= 2) {
    partial += __shfl_down_sync(0xffffffffu, partial, step);
  }
  if (threadIdx.x % 32 == 0) atomicAdd(result, partial);
}

extern "C" __global__ void divide(const float* x, float* out, const float* divisor, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += blockDim.x * gridDim.x) {
    out[i] = x[i] / divisor[0];
  }
}
