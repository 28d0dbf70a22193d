// testdata/warps.cu: shuffles, votes, masks, cooperative groups.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>

namespace cg = cooperative_groups;

template <typename T>
__global__ void shuffles(const T* in, T* out) {
  int t = threadIdx.x;
  T v = in[t];
  out[t] = __shfl_sync(~0u, v, 5);
  out[t + 64] = __shfl_up_sync(~0u, v, 3);
  out[t + 128] = __shfl_down_sync(~0u, v, 4, 16);
  out[t + 192] = __shfl_xor_sync(~0u, v, 9);
  out[t + 256] = __shfl_sync(~0u, v, t + 1, 8);
  out[t + 320] = __shfl_xor_sync(~0u, v, 12, 8);
}

__inline__ __device__ float warp_sum(float v) {
  for (int distance = 16; distance > 0; distance /= 2)
    v += __shfl_down_sync(0xffffffffu, v, distance);
  return v;
}
__global__ void warp_reduce(const float* in, float* out, int n) {
  __shared__ float part[32];
  float v = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    v += in[i];
  v = warp_sum(v);
  int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  if (lane == 0) part[warp] = v;
  __syncthreads();
  v = threadIdx.x < blockDim.x / 32 ? part[lane] : 0;
  if (warp == 0) {
    v = warp_sum(v);
    if (lane == 0) atomicAdd(out, v);
  }
}

__global__ void divergent_masks(int* out) {
  int lane = threadIdx.x, v = lane;
  if (lane < 16) {
    v += __shfl_xor_sync(0x0000ffffu, v, 1);
    __syncwarp(0xffff);
  } else {
    v *= 2;
    v = __shfl_sync(0xffff0000u, v, 20);
  }
  v += __shfl_sync(~0u, v, 0);
  out[lane] = v;
}

__global__ void votes(const int* in, unsigned* out) {
  int t = threadIdx.x;
  unsigned ballot = __ballot_sync(~0u, in[t] > 0);
  unsigned any = __any_sync(~0u, in[t] > 90), all = __all_sync(~0u, in[t] > -100);
  out[t] = ballot;
  out[t + blockDim.x] = any * 2 + all;
}

// Lanes that have left vote no more.
__global__ void votes_after_leaving(unsigned* out) {
  int t = threadIdx.x;
  unsigned first = __ballot_sync(~0u, 1);
  if (t % 3 == 0) return;
  out[t] = first;
  out[t + 64] = __ballot_sync(~0u, 1);
}

// So do lanes that never vote.
__global__ void votes_of_the_rest(unsigned* out, int n) {
  int t = threadIdx.x;
  if (t >= n) return;
  out[t] = __ballot_sync(~0u, 1);
}

__global__ void matches(const int* in, unsigned* out) {
  int t = threadIdx.x, all;
  out[t] = __match_any_sync(~0u, in[t]);
  unsigned same = __match_all_sync(~0u, in[t] >= 0, &all);
  out[t + 32] = all ? same : 1;
  out[t + 64] = __match_all_sync(~0u, in[t], &all);
}

__global__ void warp_reductions(const int* in, int* out) {
  int t = threadIdx.x, lane = t & 31, v = in[t];
  int results[] = {__reduce_add_sync(~0u, v),
                   __reduce_min_sync(~0u, v),
                   __reduce_max_sync(~0u, v),
                   static_cast<int>(__reduce_and_sync(~0u, static_cast<unsigned>(v))),
                   static_cast<int>(__reduce_or_sync(~0u, static_cast<unsigned>(v))),
                   static_cast<int>(__reduce_xor_sync(~0u, static_cast<unsigned>(v)))};
  if (lane < 6) out[(t >> 5) * 6 + lane] = results[lane];
}

// One atomic for each group of lanes that are here together.
__global__ void aggregated_append(const int* in, int* out, int* count) {
  int v = in[threadIdx.x];
  if (v % 3 != 0) return;
  unsigned here = __activemask();
  int leader = __ffs(static_cast<int>(here)) - 1, lane = threadIdx.x & 31, place = 0;
  if (lane == leader) place = atomicAdd(count, __popc(here));
  place = __shfl_sync(here, place, leader) + __popc(here & ((1u << lane) - 1));
  out[place] = v;
}

__global__ void tiles(const int* in, int* out) {
  auto block = cg::this_thread_block();
  auto tile = cg::tiled_partition<8>(block);
  auto half = cg::tiled_partition<4>(tile);
  int t = block.thread_rank(), v = in[t];
  out[t] = cg::reduce(tile, v, cg::plus<int>());
  out[t + 64] = cg::inclusive_scan(tile, v);
  out[t + 128] = cg::exclusive_scan(half, v, cg::plus<int>());
  out[t + 192] = cg::reduce(half, v, cg::greater<int>());
  out[t + 256] = tile.ballot(v & 1) * 100 + tile.thread_rank() * 10 + tile.any(v > 60);
  out[t + 320] = tile.shfl(v, 3) + tile.meta_group_rank();
  block.sync();
}

struct Wide {
  double x, y;
  int tag;
};
__global__ void wide_shuffle(Wide* data) {
  auto warp = cg::tiled_partition<32>(cg::this_thread_block());
  data[threadIdx.x] = warp.shfl_xor(data[threadIdx.x], 1);
}

__global__ void coalesced(const int* in, int* out) {
  int t = threadIdx.x;
  out[t] = -1;
  if (in[t] > 4) {
    auto group = cg::coalesced_threads();
    int sum = cg::reduce(group, in[t], cg::plus<int>());
    int first = group.shfl(t, 0);
    out[t] = sum * 10000 + first * 100 + static_cast<int>(group.size());
    group.sync();
  }
}

__global__ void partitions(const int* in, int* out) {
  auto warp = cg::tiled_partition<32>(cg::this_thread_block());
  auto same = cg::labeled_partition(warp, in[threadIdx.x] % 3);
  auto odd = cg::binary_partition(warp, in[threadIdx.x] & 1);
  out[threadIdx.x] = same.size() * 1000 + same.thread_rank() * 32 + odd.size();
}

__global__ void grid_sync(int* data, int* out) {
  auto grid = cg::this_grid();
  int i = static_cast<int>(grid.thread_rank()), n = static_cast<int>(grid.size());
  data[i] = i * i;
  grid.sync();
  int v = data[(i + blockDim.x) % n];
  grid.sync();
  data[i] = v;
  grid.sync();
  out[i] = data[n - 1 - i];
}

// Block shapes whose rows straddle warps, and a short last warp.
__global__ void odd_shapes(const int* in, int* out) {
  __shared__ int s[1024];
  int t = threadIdx.y * blockDim.x + threadIdx.x, n = blockDim.x * blockDim.y;
  int v = in[t];
  for (int distance = 16; distance > 0; distance >>= 1) {
    int other = __shfl_down_sync(~0u, v, distance);
    if ((t & 31) + distance < 32 && t + distance < n) v += other;
  }
  s[t] = v;
  __syncthreads();
  int sum = 0;
  for (int k = 0; k < n; k += 32) sum += s[k];
  out[t] = sum;
}
