// corpus/warps.cu: exchanges within a warp, cooperative groups, half precision.
#include <cooperative_groups.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

namespace cg = cooperative_groups;

//@ kernel shuffled: out=write in=read
extern "C" __global__ void shuffled(int* out, const int* in) {
  int v = in[threadIdx.x];
  for (int d = 16; d > 0; d /= 2) v += __shfl_down_sync(0xffffffffu, v, d);
  if (threadIdx.x == 0) *out = v;
}

//@ kernel shuffled_double: out=write in=read
extern "C" __global__ void shuffled_double(double* out, const double* in) {
  out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, in[threadIdx.x], 1);
}

//@ kernel pointer_shuffled: a=write b=write
extern "C" __global__ void pointer_shuffled(float* a, float* b) {
  unsigned long long mine = reinterpret_cast<unsigned long long>((threadIdx.x & 1) ? a : b);
  unsigned long long other = __shfl_xor_sync(0xffffffffu, mine, 1);
  reinterpret_cast<float*>(other)[threadIdx.x] = 1.0f;
}

//@ kernel pointer_broadcast: a=write b=unused
extern "C" __global__ void pointer_broadcast(float* a, float* b) {
  unsigned long long first =
      __shfl_sync(0xffffffffu, reinterpret_cast<unsigned long long>(a), 0);
  reinterpret_cast<float*>(first)[threadIdx.x] = 1.0f;
}

//@ kernel voted: out=write in=read
extern "C" __global__ void voted(unsigned* out, const int* in) {
  unsigned mask = __ballot_sync(0xffffffffu, in[threadIdx.x] > 0);
  out[threadIdx.x] = __popc(mask) + __any_sync(0xffffffffu, in[0] < 0);
}

//@ kernel matched: out=write in=read
extern "C" __global__ void matched(unsigned* out, const int* in) {
  out[threadIdx.x] = __match_any_sync(0xffffffffu, in[threadIdx.x]);
}

//@ kernel warp_synchronised: out=write
extern "C" __global__ void warp_synchronised(int* out) {
  __shared__ int slots[32];
  slots[threadIdx.x & 31] = threadIdx.x;
  __syncwarp();
  out[threadIdx.x] = slots[(threadIdx.x + 1) & 31];
}

//@ kernel counted_barrier: out=write in=read
extern "C" __global__ void counted_barrier(int* out, const int* in) {
  out[threadIdx.x] = __syncthreads_count(in[threadIdx.x] > 3) + __syncthreads_or(in[0] == 1);
}

//@ kernel grid_wide: x=readwrite out=write
extern "C" __global__ void grid_wide(float* x, float* out) {
  x[blockIdx.x * blockDim.x + threadIdx.x] = 1.0f;
  cg::this_grid().sync();
  out[threadIdx.x] = x[blockDim.x * gridDim.x - 1 - threadIdx.x];
}

//@ kernel tiled: out=write in=read
extern "C" __global__ void tiled(int* out, const int* in) {
  auto tile = cg::tiled_partition<16>(cg::this_thread_block());
  int v = in[tile.thread_rank()];
  for (int d = 8; d > 0; d /= 2) v += tile.shfl_down(v, d);
  if (tile.thread_rank() == 0) out[tile.meta_group_rank()] = v;
}

//@ kernel coalesced: counter=readwrite out=write n=value
extern "C" __global__ void coalesced(int* counter, int* out, int n) {
  if (threadIdx.x < n) {
    auto active = cg::coalesced_threads();
    int base = 0;
    if (active.thread_rank() == 0) base = atomicAdd(counter, static_cast<int>(active.size()));
    out[active.shfl(base, 0) + active.thread_rank()] = threadIdx.x;
  }
}

//@ kernel halves: out=write in=read
extern "C" __global__ void halves(__half* out, const __half* in) {
  out[threadIdx.x] = __hadd(in[threadIdx.x], __float2half(1.0f));
}

//@ kernel pairs_of_halves: x=readwrite
extern "C" __global__ void pairs_of_halves(__half2* x) {
  x[threadIdx.x] = __hmul2(x[threadIdx.x], x[threadIdx.x]);
}

//@ kernel brain_floats: out=write in=read
extern "C" __global__ void brain_floats(float* out, const __nv_bfloat16* in) {
  out[threadIdx.x] = __bfloat162float(in[threadIdx.x]);
}

//@ kernel hinted_sum: x=readwrite
extern "C" __global__ void hinted_sum(float* x) {
  float v = x[threadIdx.x];
  v = fmaf(v, v, 1.0f) + __expf(v) + rsqrtf(v) + __sinf(v);
  x[threadIdx.x] = v;
}
