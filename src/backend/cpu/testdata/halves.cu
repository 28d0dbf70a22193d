// testdata/halves.cu: half and bfloat16.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

// Scalars of a 16-bit type, each result as its bits.
template <typename T>
__global__ void arithmetic(const T* a, const T* b, T* out) {
  int i = threadIdx.x, n = blockDim.x;
  out[i] = a[i] + b[i];
  out[n + i] = a[i] - b[i];
  out[2 * n + i] = __hmul(a[i], b[i]);
  out[3 * n + i] = a[i] / b[i];
  out[4 * n + i] = __hfma(a[i], b[i], a[i]);
  out[5 * n + i] = __hmax(a[i], b[i]);
}

__global__ void half_pairs(const half2* in, half2* out, float2* wide) {
  int i = threadIdx.x;
  half2 v = __hadd2(in[i], __float2half2_rn(1.0f));
  out[i] = __hfma2(v, in[i], make_half2(v.y, v.x));
  wide[i] = __half22float2(__lowhigh2highlow(v));
  if (__hbgt2(v, in[i])) wide[i].x += 100;
}

__global__ void half_values(double* out) {
  int k = 0;
  out[k++] = __half2float(__float2half(0.1f));
  out[k++] =
      __half2float(__float2half_rd(0.1f)) < 0.1f && __half2float(__float2half_ru(0.1f)) > 0.1f;
  out[k++] =
      __half2float(__float2half_rz(-0.1f)) > -0.1f && __half2float(__float2half_rd(-0.1f)) < -0.1f;
  out[k++] = __half2float(__double2half(1.0 + 0x1p-11 + 0x1p-40));  // rounds up, not to even
  out[k++] = __half2float(__float2half(70000.0f));
  out[k++] = __half_as_ushort(CUDART_ONE_FP16) + __half2int_rn(__float2half(2.5f));
  out[k++] = __half2float(hsqrt(__float2half(9.0f))) + static_cast<float>(hexp(half(0.0f)));
  out[k++] = __hlt(half(1), half(2)) && half(3) >= half(3.0) && __hisnan(CUDART_NAN_FP16) &&
             !__heq(CUDART_NAN_FP16, CUDART_NAN_FP16) && __hequ(CUDART_NAN_FP16, half(1));
  out[k++] = __bfloat162float(__float2bfloat16(1.00390625f));  // halfway: to even
  out[k++] = __bfloat162float(__float2bfloat16(3.14159f));
  out[k++] = static_cast<float>(__nv_bfloat16(2.0f) * __nv_bfloat16(1.5f) + __nv_bfloat16(1));
}

__global__ void half_reduction(const half* in, half* sum, half2* pairs, __nv_bfloat16* brain) {
  half v = in[threadIdx.x];
  for (int distance = 16; distance > 0; distance /= 2) v += __shfl_xor_sync(~0u, v, distance);
  if ((threadIdx.x & 31) == 0) atomicAdd(sum, v);
  atomicAdd(pairs, make_half2(1.0f, 0.5f));
  atomicAdd(brain, __nv_bfloat16(0.5f));
}
