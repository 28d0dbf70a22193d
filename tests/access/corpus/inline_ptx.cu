// corpus/inline_ptx.cu: what no compiler emits by itself.
#include <cuda_pipeline.h>

//@ kernel inline_load: out=write in=read cuda-only
extern "C" __global__ void inline_load(float* out, const float* in) {
  float v;
  asm volatile("ld.global.cg.f32 %0, [%1];" : "=f"(v) : "l"(in + threadIdx.x));
  out[threadIdx.x] = v;
}

//@ kernel inline_store: out=write cuda-only
extern "C" __global__ void inline_store(float* out) {
  asm volatile("st.global.wt.f32 [%0], %1;" ::"l"(out + threadIdx.x), "f"(1.0f) : "memory");
}

//@ kernel inline_guarded_store: out=write n=value cuda-only
extern "C" __global__ void inline_guarded_store(float* out, int n) {
  asm volatile(
      "{\n .reg .pred p;\n setp.lt.s32 p, %2, 5;\n @p st.global.f32 [%0], %1;\n}" ::"l"(out),
      "f"(1.0f), "r"(n)
      : "memory");
}

//@ kernel inline_scopes: a=write b=read cuda-only
extern "C" __global__ void inline_scopes(float* a, const float* b) {
  asm volatile("{\n .reg .u64 t;\n mov.u64 t, %0;\n st.f32 [t], 0f3F800000;\n}" ::"l"(a));
  asm volatile(
      "{\n .reg .u64 t;\n .reg .f32 v;\n mov.u64 t, %0;\n ld.f32 v, [t];\n st.f32 [%1], v;\n}" ::"l"(b),
      "l"(a));
}

//@ kernel inline_loop: a=write n=value cuda-only
extern "C" __global__ void inline_loop(int* a, int n) {
  asm volatile(
      "{\n .reg .pred p;\n .reg .u64 q;\n .reg .s32 i;\n mov.u64 q, %0;\n mov.s32 i, %1;\n"
      "AGAIN:\n st.u32 [q], i;\n add.u64 q, q, 4;\n sub.s32 i, i, 1;\n setp.gt.s32 p, i, 0;\n"
      " @p bra AGAIN;\n}" ::"l"(a),
      "r"(n));
}

//@ kernel inline_halves: a=write cuda-only
extern "C" __global__ void inline_halves(int* a) {
  asm volatile(
      "{\n .reg .b32 lo, hi;\n .reg .b64 t;\n mov.b64 {lo, hi}, %0;\n mov.b64 t, {lo, hi};\n"
      " st.u32 [t], 1;\n}" ::"l"(a));
}

//@ kernel inline_reduction: a=readwrite cuda-only
extern "C" __global__ void inline_reduction(int* a) {
  asm volatile("red.global.add.s32 [%0], 1;" ::"l"(a) : "memory");
}

//@ kernel inline_prefetch: a=unused out=write cuda-only
extern "C" __global__ void inline_prefetch(const int* a, int* out) {
  asm volatile("prefetch.global.L2 [%0];" ::"l"(a));
  *out = 1;
}

//@ kernel inline_acquire: flag=read data=read out=write cuda-only
extern "C" __global__ void inline_acquire(const int* flag, const int* data, int* out) {
  int v;
  do {
    asm volatile("ld.acquire.gpu.global.s32 %0, [%1];" : "=r"(v) : "l"(flag) : "memory");
  } while (v == 0);
  *out = *data;
}

//@ kernel async_copy: out=write in=read cuda-only
extern "C" __global__ void async_copy(float4* out, const float4* in) {
  __shared__ float4 tile[64];
  unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(&tile[threadIdx.x]));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(address), "l"(in + threadIdx.x));
  asm volatile("cp.async.wait_all;" ::: "memory");
  __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

//@ kernel pipeline_copy: out=write in=read cuda-only
extern "C" __global__ void pipeline_copy(float4* out, const float4* in) {
  __shared__ float4 tile[64];
  __pipeline_memcpy_async(&tile[threadIdx.x], in + threadIdx.x, sizeof(float4));
  __pipeline_commit();
  __pipeline_wait_prior(0);
  __syncthreads();
  out[threadIdx.x] = tile[63 - threadIdx.x];
}

//@ kernel bulk_copy_in: out=write in=read cuda-only
extern "C" __global__ void bulk_copy_in(float* out, const float* in) {
  __shared__ alignas(128) float tile[256];
  __shared__ alignas(8) unsigned long long arrived;
  unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  unsigned barrier = static_cast<unsigned>(__cvta_generic_to_shared(&arrived));
  if (threadIdx.x == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(barrier));
    asm volatile(
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], 1024, [%2];"
        ::"r"(to), "l"(in), "r"(barrier)
        : "memory");
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], 1024;" ::"r"(barrier));
  }
  __syncthreads();
  asm volatile(
      "{\n .reg .pred p;\nWAIT:\n mbarrier.try_wait.parity.shared::cta.b64 p, [%0], 0;\n"
      " @!p bra WAIT;\n}" ::"r"(barrier)
      : "memory");
  out[threadIdx.x] = tile[threadIdx.x];
}

//@ kernel bulk_copy_out: out=write cuda-only
extern "C" __global__ void bulk_copy_out(float* out) {
  __shared__ alignas(128) float tile[256];
  tile[threadIdx.x] = 1.0f;
  __syncthreads();
  unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], 1024;" ::"l"(out), "r"(from)
               : "memory");
  asm volatile("cp.async.bulk.commit_group;\n cp.async.bulk.wait_group 0;" ::: "memory");
}

//@ kernel bulk_reduction: out=readwrite cuda-only
extern "C" __global__ void bulk_reduction(int* out) {
  __shared__ alignas(128) int tile[256];
  tile[threadIdx.x] = 1;
  __syncthreads();
  unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  asm volatile(
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.s32 [%0], [%1], 1024;" ::"l"(out),
      "r"(from)
      : "memory");
}

//@ kernel tensor_copy_in: map=value out=write touches-untracked cuda-only
struct alignas(64) TensorMap {
  unsigned long long opaque[16];
};
extern "C" __global__ void tensor_copy_in(const __grid_constant__ TensorMap map, float* out) {
  __shared__ alignas(128) float tile[256];
  __shared__ alignas(8) unsigned long long arrived;
  unsigned to = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  unsigned barrier = static_cast<unsigned>(__cvta_generic_to_shared(&arrived));
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, "
      "%3}], [%4];" ::"r"(to),
      "l"(&map), "r"(0), "r"(1), "r"(barrier)
      : "memory");
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

//@ kernel tensor_copy_out: map=value touches-untracked cuda-only
extern "C" __global__ void tensor_copy_out(const __grid_constant__ TensorMap map) {
  __shared__ alignas(128) float tile[256];
  tile[threadIdx.x] = 2.0f;
  __syncthreads();
  unsigned from = static_cast<unsigned>(__cvta_generic_to_shared(tile));
  asm volatile(
      "cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%1, %2}], [%3];" ::"l"(&map),
      "r"(0), "r"(1), "r"(from)
      : "memory");
}

//@ kernel texture: handle=value out=write touches-untracked cuda-only
extern "C" __global__ void texture(unsigned long long handle, float* out) {
  float x, y, z, w;
  asm volatile("tex.1d.v4.f32.s32 {%0, %1, %2, %3}, [%4, {%5}];"
               : "=f"(x), "=f"(y), "=f"(z), "=f"(w)
               : "l"(handle), "r"(static_cast<int>(threadIdx.x)));
  out[threadIdx.x] = x + y + z + w;
}

//@ kernel surface: handle=value touches-untracked cuda-only
extern "C" __global__ void surface(unsigned long long handle) {
  asm volatile("sust.b.1d.b32.trap [%0, {%1}], {%2};" ::"l"(handle),
               "r"(static_cast<int>(threadIdx.x) * 4), "r"(1)
               : "memory");
}

//@ kernel matrix_load: out=write in=read cuda-only
extern "C" __global__ void matrix_load(unsigned* out, const unsigned* in) {
  __shared__ alignas(16) unsigned tile[128];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(&tile[(threadIdx.x & 31) * 4]));
  unsigned a, b;
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
               : "=r"(a), "=r"(b)
               : "r"(address));
  out[threadIdx.x] = a + b;
}

//@ kernel vector_store: out=write cuda-only
extern "C" __global__ void vector_store(unsigned* out) {
  asm volatile("st.global.v4.u32 [%0], {%1, %1, %1, %1};" ::"l"(out), "r"(7u) : "memory");
}

//@ kernel space_tested: x=write cuda-only
extern "C" __global__ void space_tested(int* x) {
  if (__isGlobal(x)) x[threadIdx.x] = 1;
}

//@ kernel grid_constant: p=value out=write which=value cuda-only
struct Numbers {
  int values[16];
};
__noinline__ __device__ int pick(const Numbers* n, int i) { return n->values[i & 15]; }
extern "C" __global__ void grid_constant(const __grid_constant__ Numbers p, int* out, int which) {
  out[threadIdx.x] = pick(&p, which);
}

//@ kernel early_start: x=readwrite cuda-only
extern "C" __global__ void early_start(int* x) {
  asm volatile("griddepcontrol.wait;" ::: "memory");
  x[threadIdx.x] += 1;
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
}
