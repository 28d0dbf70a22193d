// testdata/runtime.cu: the heap, copies, clocks, printf, placement, asynchronous copies.
#include <cooperative_groups.h>
#include <cooperative_groups/memcpy_async.h>
#include <cuComplex.h>
#include <stdio.h>

#include <array>
#include <utility>

__global__ void heap(int* out) {
  int* values = static_cast<int*>(malloc(4 * sizeof(int)));
  for (int k = 0; k < 4; ++k) values[k] = threadIdx.x + k;
  out[threadIdx.x] = values[0] + values[3];
  free(values);
}

struct __align__(16) Record {
  float weight;
  char name[12];
};
__global__ void copies(Record* records) {
  Record local;
  memset(&local, 0, sizeof(local));
  local.weight = 1.5f;
  memcpy(local.name, "sennit", 7);
  records[threadIdx.x] = local;
}

__global__ void clocks(long long* out) {
  long long begin = clock64();
  int start = clock();
  __nanosleep(10);
  out[threadIdx.x] = clock64() >= begin && start != 0;
}

__global__ void prints(int* out) {
  out[threadIdx.x] = threadIdx.x > 100 ? printf("%d %f %s\n", 3, 1.5, "text") : 7;
}

struct Point {
  int x, y;
};
__global__ void standard_library(int* out) {
  alignas(Point) char place[sizeof(Point)];
  Point* point = new (place) Point{3, 4};
  std::swap(point->x, point->y);
  std::array<int, 3> values = {1, 2, 3};
  auto pair = std::make_pair(values[2], point->x);
  out[threadIdx.x] = pair.first * 10 + pair.second + std::max(1, 2) * 100;
}

// The fence between a write and a flag, and hints that a CPU does not need.
__global__ void cache_hints(const float* in, float* out) {
  int i = threadIdx.x;
  __stcs(out + i, __ldg(in + i) + __ldcs(in + i) + __ldcg(in + i));
  __threadfence_block();
  __threadfence_system();
}

__global__ void asynchronous_copy(const int* in, int* out) {
  namespace cg = cooperative_groups;
  __shared__ int staged[96];
  auto block = cg::this_thread_block();
  cg::memcpy_async(block, staged, in + blockIdx.x * 96, sizeof(staged));
  cg::wait(block);
  for (int i = block.thread_rank(); i < 96; i += block.size()) {
    out[blockIdx.x * 96 + i] = staged[95 - i];
  }
}

__global__ void complex_numbers(cuDoubleComplex* z, cuFloatComplex* f) {
  int i = threadIdx.x;
  cuDoubleComplex square = cuCmul(z[i], z[i]);
  z[i] = cuCadd(cuCdiv(square, z[i]), make_cuDoubleComplex(cuCabs(make_double2(3, 4)), 0));
  f[i] = cuCfmaf(f[i], cuConjf(f[i]), make_cuComplex(1, 2));
}
