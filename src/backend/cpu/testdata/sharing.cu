// testdata/sharing.cu: shared memory, barriers, atomics, variables of the module.
#include <cstdint>

template <typename T, int size>
__global__ void reduce(const T* in, T* out, int n) {
  __shared__ T part[size];
  int t = threadIdx.x, i = blockIdx.x * size + t;
  part[t] = i < n ? in[i] : T(0);
  __syncthreads();
  for (int distance = size / 2; distance > 0; distance >>= 1) {
    if (t < distance) part[t] += part[t + distance];
    __syncthreads();
  }
  if (t == 0) atomicAdd(out, part[0]);
}

__global__ void reverse_dynamic(const int* in, int* out) {
  extern __shared__ int buffer[];
  int t = threadIdx.x, base = blockIdx.x * blockDim.x;
  buffer[t] = in[base + t];
  __syncthreads();
  out[base + t] = buffer[blockDim.x - 1 - t];
}

extern __shared__ __align__(16) unsigned char bytes[];
__global__ void two_dynamic_arrays(double* out) {
  double* reals = reinterpret_cast<double*>(bytes);
  int* integers = reinterpret_cast<int*>(reals + blockDim.x);
  reals[threadIdx.x] = threadIdx.x * 0.5;
  integers[threadIdx.x] = threadIdx.x * 3;
  __syncthreads();
  int other = (threadIdx.x + 1) % blockDim.x;
  out[threadIdx.x] = reals[other] + integers[other];
}

__global__ void leave_before_barrier(const int* in, int* out, int n) {
  __shared__ int s[128];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  s[threadIdx.x] = in[i];
  __syncthreads();
  int last = min(128, n - static_cast<int>(blockIdx.x * blockDim.x)) - 1;
  out[i] = s[last - threadIdx.x];
}

__device__ void rotate(int* s, int t) {
  int v = s[(t + 1) % blockDim.x];
  __syncthreads();
  s[t] = v;
  __syncthreads();
}
__global__ void barrier_in_function(int* data, int times) {
  __shared__ int s[96];
  s[threadIdx.x] = data[threadIdx.x];
  __syncthreads();
  for (int k = 0; k < times; ++k) rotate(s, threadIdx.x);
  data[threadIdx.x] = s[threadIdx.x];
}

__global__ void scan(const int* in, int* out) {
  __shared__ int s[2][256];
  int t = threadIdx.x, from = 0;
  s[0][t] = in[t];
  __syncthreads();
  for (int distance = 1; distance < blockDim.x; distance <<= 1) {
    s[1 - from][t] = t >= distance ? s[from][t] + s[from][t - distance] : s[from][t];
    from = 1 - from;
    __syncthreads();
  }
  out[t] = s[from][t];
}

__global__ void transpose(const float* in, float* out, int width, int height) {
  __shared__ float tile[8][9];
  int x = blockIdx.x * 8 + threadIdx.x, y = blockIdx.y * 8 + threadIdx.y;
  if (x < width && y < height) tile[threadIdx.y][threadIdx.x] = in[y * width + x];
  __syncthreads();
  x = blockIdx.y * 8 + threadIdx.x;
  y = blockIdx.x * 8 + threadIdx.y;
  if (x < height && y < width) out[y * height + x] = tile[threadIdx.x][threadIdx.y];
}

__global__ void histogram(const unsigned char* in, int* out, int n) {
  __shared__ int counts[256];
  for (int k = threadIdx.x; k < 256; k += blockDim.x) counts[k] = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    atomicAdd(&counts[in[i]], 1);
  }
  __syncthreads();
  for (int k = threadIdx.x; k < 256; k += blockDim.x) atomicAdd(&out[k], counts[k]);
}

// Counts of the threads that answer alike; some have left.
__global__ void block_votes(const int* in, int* out) {
  int t = threadIdx.x;
  if (t % 7 == 6) return;
  int count = __syncthreads_count(in[t] > 10);
  int any = __syncthreads_or(in[t] == 40);
  int all = __syncthreads_and(in[t] < 50);
  int none = __syncthreads_count(0);
  out[t] = count * 1000 + any * 100 + all * 10 + none;
}

// Both arms have a barrier of their own; threads meet at either.
__global__ void barriers_in_both_arms(int* out) {
  __shared__ int sum;
  if (threadIdx.x == 0) sum = 0;
  __syncthreads();
  if (threadIdx.x & 1) {
    atomicAdd(&sum, 1);
    __syncthreads();
  } else {
    atomicAdd(&sum, 100);
    __syncthreads();
  }
  out[threadIdx.x] = sum;
}

__global__ void integer_atomics(int* i, unsigned* u, unsigned long long* w, long long* s) {
  int t = blockIdx.x * blockDim.x + threadIdx.x;
  atomicAdd(&i[0], t);
  atomicSub(&i[1], 2);
  atomicMin(&i[2], 50 - t);
  atomicMax(&i[3], t);
  atomicAnd(&u[0], ~(1u << (t & 31)));
  atomicOr(&u[1], 1u << (t & 31));
  atomicXor(&u[2], 1u << (t & 31));
  atomicInc(&u[3], 9);
  atomicDec(&u[4], 9);
  atomicMax(&u[5], 4000000000u + t);
  atomicAdd(&w[0], 1ull << 33);
  atomicMax(&w[1], static_cast<unsigned long long>(t) << 40);
  atomicMin_block(&s[0], -static_cast<long long>(t));
  atomicOr_system(&w[2], 1ull << (t & 63));
}

__global__ void real_atomics(float* f, double* d) {
  atomicAdd(f, 0.5f);
  atomicAdd(d, 0.25);
  atomicAdd_system(d + 1, 2.0);
  atomicExch(f + 1, 3.0f);
}

// A maximum of floats by compare and swap, as CUDA's guide does it for doubles.
__device__ double atomic_max(double* address, double value) {
  auto* word = reinterpret_cast<unsigned long long*>(address);
  unsigned long long old = *word, seen;
  do {
    seen = old;
    if (__longlong_as_double(seen) >= value) break;
    old = atomicCAS(word, seen, __double_as_longlong(value));
  } while (seen != old);
  return __longlong_as_double(old);
}
__global__ void compare_and_swap(double* largest, unsigned short* small) {
  int t = blockIdx.x * blockDim.x + threadIdx.x;
  atomic_max(largest, t * 1.5);
  if (t == 3) atomicCAS(small, static_cast<unsigned short>(7), static_cast<unsigned short>(70));
  if (t == 4) atomicCAS(small + 1, static_cast<unsigned short>(1), static_cast<unsigned short>(2));
}

__constant__ float table[4] = {1, 2, 3, 4};
__device__ int counter = 5;
static __device__ int hidden[2] = {7, 8};
namespace filters {
__device__ double weight = 0.5;
}
__global__ void module_variables(float* out) {
  if (threadIdx.x == 0) atomicAdd(&counter, 10);
  __syncthreads();
  out[threadIdx.x] =
      table[threadIdx.x & 3] + counter + hidden[1] + static_cast<float>(filters::weight);
}

// The last block to arrive adds up what all have left, behind a fence.
__device__ unsigned arrived = 0;
__global__ void last_block(volatile int* parts, int* out) {
  if (threadIdx.x == 0) parts[blockIdx.x] = blockIdx.x + 1;
  __threadfence();
  __shared__ bool last;
  if (threadIdx.x == 0) last = atomicInc(&arrived, gridDim.x - 1) == gridDim.x - 1;
  __syncthreads();
  if (!last || threadIdx.x != 0) return;
  int sum = 0;
  for (int k = 0; k < gridDim.x; ++k) sum += parts[k];
  *out = sum;
}
