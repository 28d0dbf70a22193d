// conformance/kernels.cpp: the kernels that the suite launches, as CUDA C++.
#include "conformance/kernels.h"

namespace sennit::conformance {
namespace {

constexpr char kSource[] = R"cuda(
#include <cooperative_groups.h>

__device__ int counter;
__constant__ float factors[4];

// ---- Order ---------------------------------------------------------------------------------

__global__ void append(int* log, int id) {
  const int count = log[0];
  log[0] = count + 1;
  log[1 + count] = id;
}

// Takes its time before it stores: whoever does not wait for it reads the old value.
__global__ void store_late(int* to, int value, int rounds) {
  unsigned noise = 1;
  for (int i = 0; i < rounds; ++i) noise = noise * 1664525u + 1013904223u;
  if (noise == 7u) value = -1;
  *to = value;
}

__global__ void multiply_add(int* to, const int* from, int factor, int term) {
  *to = *from * factor + term;
}

// ---- Geometry ------------------------------------------------------------------------------

__global__ void add_one(int* data, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) data[i] += 1;
}

// Which thread of the grid this is, counted in the order of CUDA's manual.
__global__ void number_threads(unsigned* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  const unsigned threads = blockDim.x * blockDim.y * blockDim.z;
  unsigned* mine = out + (block * threads + thread) * 7;
  mine[0] += 1;
  mine[1] = blockIdx.x;
  mine[2] = blockIdx.y;
  mine[3] = blockIdx.z;
  mine[4] = threadIdx.x;
  mine[5] = threadIdx.y;
  mine[6] = threadIdx.z;
}

__global__ void count_threads(unsigned long long* total) { atomicAdd(total, 1ull); }

// ---- Shared memory, barriers ---------------------------------------------------------------

// Reverses the elements of each block.
__global__ void reverse_dynamic(int* data) {
  extern __shared__ int tile[];
  int* mine = data + blockIdx.x * blockDim.x;
  tile[threadIdx.x] = mine[threadIdx.x];
  __syncthreads();
  mine[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}

__global__ void sum_blocks(const int* in, int* out) {
  __shared__ int partial[256];
  partial[threadIdx.x] = in[blockIdx.x * 256 + threadIdx.x];
  __syncthreads();
  for (int stride = 128; stride > 0; stride /= 2) {
    if (threadIdx.x < stride) partial[threadIdx.x] += partial[threadIdx.x + stride];
    __syncthreads();
  }
  if (threadIdx.x == 0) out[blockIdx.x] = partial[0];
}

// One block stores per element of `before`; after the grid's barrier each reads another's.
__global__ void rotate_blocks(int* before, int* after) {
  if (threadIdx.x == 0) before[blockIdx.x] = blockIdx.x + 1;
  cooperative_groups::this_grid().sync();
  if (threadIdx.x == 0) after[blockIdx.x] = before[(blockIdx.x + 1) % gridDim.x];
}

// ---- Parameters ----------------------------------------------------------------------------

struct Mixed { char letter; double number; short shorts[3]; };
struct __align__(16) Wide { float x, y, z, w; };
struct Gathered { double values[16]; };

__global__ void gather(bool flag, signed char i8, unsigned char u8, short i16, unsigned short u16,
                       int i32, unsigned u32, long long i64, unsigned long long u64, float f32,
                       double f64, Mixed mixed, Wide wide, char last, Gathered* out) {
  double* to = out->values;
  to[0] = flag;
  to[1] = i8;
  to[2] = u8;
  to[3] = i16;
  to[4] = u16;
  to[5] = i32;
  to[6] = u32;
  to[7] = (double)i64;
  to[8] = (double)u64;
  to[9] = f32;
  to[10] = f64;
  to[11] = mixed.letter;
  to[12] = mixed.number;
  to[13] = mixed.shorts[0] + mixed.shorts[1] * 10 + mixed.shorts[2] * 100;
  to[14] = wide.x + wide.y * 10 + wide.z * 100 + wide.w * 1000;
  to[15] = last;
}

__global__ void no_parameters() { atomicAdd(&counter, 1); }

template <typename T, int N>
__global__ void scale(T* data, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) data[i] = data[i] * (T)N;
}

// ---- Module variables, failures ------------------------------------------------------------

__global__ void apply_factors(float* data) { data[threadIdx.x] *= factors[threadIdx.x % 4]; }

__global__ void trap_in_block(int bad_block) {
  if ((int)blockIdx.x == bad_block) __trap();
}
)cuda";

}  // namespace

CompileRequest kernels_request() {
  CompileRequest request;
  request.source = kSource;
  request.source_name = "conformance.cu";
  request.names = {"append",         "store_late",    "multiply_add",    "add_one",
                   "number_threads", "count_threads", "reverse_dynamic", "sum_blocks",
                   "rotate_blocks",  "gather",        "no_parameters",   "scale<float, 4>",
                   "scale<int, 3>",  "apply_factors", "trap_in_block"};
  return request;
}

}  // namespace sennit::conformance
