// testdata/indexing.cu: where a thread is, parameters of all kinds, control flow.
#include <cuda_runtime.h>

__global__ void saxpy(float a, const float* __restrict__ x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}

__global__ void grid_stride(const int* in, int* out, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    out[i] = 2 * in[i] + 1;
  }
}

// Each thread writes where it is, by all twelve numbers.
__global__ void places(int* out) {
  int block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  int thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  int threads = blockDim.x * blockDim.y * blockDim.z;
  out[block * threads + thread] = threadIdx.x + 10 * threadIdx.y + 100 * threadIdx.z +
                                  1000 * blockIdx.x + 10000 * blockIdx.y + 100000 * blockIdx.z;
}

__global__ void converted_indices(int* out) {
  const dim3 block = blockDim;
  const uint3 thread = threadIdx;
  out[thread.x] = static_cast<int>(thread.x * block.x + gridDim.x + warpSize);
}

struct Pair {
  int count;
  double values[3];
  char tag;
};
__global__ void structure(Pair pair, double* out) {
  int i = threadIdx.x;
  out[i] = i < pair.count ? pair.values[i % 3] + pair.tag : -1.0;
}

__global__ void small_parameters(bool yes, signed char a, unsigned short b, long long c,
                                 float* out) {
  out[threadIdx.x] = yes ? a + b + c : 0;
}

__global__ void vectors(const float4* in, float4* out, int2 swap, uchar4 add) {
  int i = threadIdx.x;
  float4 v = __ldg(in + i);
  out[i] = swap.x ? make_float4(v.w + add.x, v.z + add.y, v.y + add.z, v.x + add.w) : v;
}

__global__ void collatz(const int* in, int* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int v = in[i], steps = 0;
  while (v != 1 && steps < 1000) {
    v = v & 1 ? 3 * v + 1 : v >> 1;
    ++steps;
  }
  out[i] = steps;
}

__global__ void choose(const int* in, int* out) {
  int i = threadIdx.x, v = in[i];
  switch (v % 5) {
    case 0:
      v += 7;
      break;
    case 1:
      v *= 3;  // falls through
    case 2:
      v -= 2;
      break;
    case 3:
      return;
    default:
      v = -v;
  }
  out[i] = v;
}

__global__ void local_arrays(const int* in, int* out) {
  int values[8];
  for (int k = 0; k < 8; ++k) values[k] = in[threadIdx.x] + k * k;
  int sum = 0;
  for (int k = 0; k < 8; ++k) sum += values[(k * 3 + in[threadIdx.x]) & 7] * k;
  out[threadIdx.x] = sum;
}

__device__ int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
__global__ void recursive(int* out) { out[threadIdx.x] = fibonacci(threadIdx.x % 12); }

typedef int (*Operation)(int, int);
__device__ int add(int a, int b) { return a + b; }
__device__ int multiply(int a, int b) { return a * b; }
__global__ void function_pointers(int* out) {
  Operation operation = threadIdx.x & 1 ? add : multiply;
  out[threadIdx.x] = operation(threadIdx.x, 5);
}

__global__ void __launch_bounds__(64, 2) bounded(int* out) { out[threadIdx.x] = 64; }
