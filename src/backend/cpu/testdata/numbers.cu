// testdata/numbers.cu: mathematical functions, integer intrinsics, roundings, overloads.
#include <cmath>
#include <type_traits>

// One kernel for each function of the accuracy test: out[i] = f(in[i]).
template <typename T, T (*function)(T)>
__global__ void apply(const T* in, T* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = function(in[i]);
}
template <typename T, T (*function)(T, T)>
__global__ void apply2(const T* a, const T* b, T* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = function(a[i], b[i]);
}

// The types that CUDA's overloads choose.
static_assert(std::is_same_v<decltype(max(1.0f, 2.0)), double>);
static_assert(std::is_same_v<decltype(min(1, 2u)), unsigned>);
static_assert(std::is_same_v<decltype(max(1ll, 2ull)), unsigned long long>);
static_assert(std::is_same_v<decltype(max(short(1), short(2))), int>);
static_assert(std::is_same_v<decltype(sqrt(2.0f)), float>);
static_assert(std::is_same_v<decltype(sqrt(2)), double>);
static_assert(std::is_same_v<decltype(pow(2.0f, 2.0f)), float>);
static_assert(std::is_same_v<decltype(pow(2.0f, 2)), double>);
static_assert(std::is_same_v<decltype(pow(2.0, 2)), double>);
static_assert(std::is_same_v<decltype(fmax(1.0f, 2.0f)), float>);
static_assert(std::is_same_v<decltype(abs(-1.0f)), float>);
static_assert(std::is_same_v<decltype(abs(-1ll)), long long>);
static_assert(std::is_same_v<decltype(atan2(1.0f, 2)), double>);

__global__ void special_values(double* out) {
  const float nan = NAN, infinity = INFINITY;
  int k = 0, exponent;
  double whole;
  out[k++] = fminf(nan, 1.0f) + max(2.0f, nan) + min(1.0f, 3.0);
  out[k++] = isnan(exp(static_cast<double>(nan))) && isnan(logf(-1.0f)) && isinf(log(0.0)) &&
             isnan(sinf(infinity)) && isnan(tanh(nan)) && isnan(powf(-8.0f, 1.0f / 3));
  out[k++] = exp(800.0) > 1e308 && expf(-200.0f) == 0 && exp2f(-149.0f) == 0x1p-149f;
  out[k++] = exp(-740.0) == 4.1998404e-322;
  out[k++] = log2(8.0) + log2f(0.125f) + log10(1000.0) + log10f(0.01f) + exp2(3.0) + exp10f(2.0f);
  out[k++] = powf(-2.0f, 3.0f) + powf(0.0f, 0.0f) + pow(2.0, -1.0) + powf(-2.0f, 2.0f);
  out[k++] = isinf(powf(0.0f, -1.0f)) && powf(infinity, -2.0f) == 0 && powf(0.5f, infinity) == 0;
  out[k++] = signbit(sinf(-0.0f)) && signbit(tanhf(-0.0f)) && signbit(expm1f(-0.0f));
  out[k++] = tanhf(20.0f) + tanh(-400.0) + erff(10.0f);
  out[k++] = sinpi(0.5) + cospi(1.0) + sinpif(1e9f) + cospi(0.5);
  out[k++] = frexp(48.0, &exponent) * 100 + exponent;
  out[k++] = modf(-3.25, &whole) * 100 + whole;
  out[k++] = ldexp(0.75, 5) + scalbnf(1.5f, 2) + ilogb(1024.0) + logb(0.25);
  out[k++] = rsqrtf(4.0f) + rcbrt(27.0) + cbrtf(-8.0f) + hypot(3.0, 4.0) + rhypotf(0.0f, 2.0f);
  out[k++] = fmod(-7.5, 2.0) + remainder(7.5, 2.0) + copysignf(3.0f, -0.0f) + fdim(5.0, 3.0);
  out[k++] =
      nextafterf(1.0f, 2.0f) > 1.0f && rint(2.5) == 2 && round(2.5) == 3 && trunc(-2.5) == -2;
  out[k++] = lgamma(5.0) - log(24.0) + tgamma(5.0) + normcdf(0.0);
  out[k++] = __fdividef(1.0f, 4.0f) + __saturatef(nan) + __saturatef(7.0f) + __expf(0.0f);
  float sine, cosine;
  sincosf(0.0f, &sine, &cosine);
  out[k++] = sine + cosine + norm3d(2.0, 3.0, 6.0) + fabs(-1) + floor(2.7f) + ceil(2.2);
  out[k++] = sin(1e22) * 1e6;  // beyond what the fast reduction covers
}

__global__ void integers(long long* out) {
  int k = 0;
  out[k++] = __popc(0xf0f0u) * 100 + __clz(1) + __clz(0) + __ffs(8) + __ffs(0);
  out[k++] = __popcll(~0ull) * 100 + __clzll(1) + __clzll(0) + __ffsll(1ll << 40);
  out[k++] = __brev(1u) == 0x80000000u && __brevll(2ull) == 1ull << 62;
  out[k++] = __mulhi(-5, 1 << 30) * 100 + __umulhi(1u << 31, 6u);
  out[k++] = __mul64hi(-1ll, 5ll) + static_cast<long long>(__umul64hi(~0ull, 3ull));
  out[k++] = __mul24(-3, 5) + __umul24(0x1000003u, 2u);
  out[k++] = __byte_perm(0x33221100u, 0x77665544u, 0x7410u);
  out[k++] = __byte_perm(0x80u, 0u, 0x8888u) == 0xffffffffu;
  out[k++] = __funnelshift_l(0x80000001u, 0x2u, 4) == 0x28u &&
             __funnelshift_r(0x10u, 0x3u, 4) == 0x30000001u && __funnelshift_rc(1u, 7u, 40) == 7u;
  out[k++] = __sad(-3, 4, 10u) + __usad(9u, 4u, 100u) + __hadd(-3, 4) + __rhadd(3, 4) +
             __uhadd(0xffffffffu, 0xffffffffu) % 1000;
  out[k++] = __dp4a(0x01020304, 0x01010102, 5) + __dp4a(0xff000000u, 0x02000000u, 0u) +
             __dp4a(static_cast<int>(0xff000000), 0x02000000, 0) + __dp2a_lo(0x00020003, 0x0504, 0);
  out[k++] = __fns(0x90u, 0, 2) * 100 + __fns(0x90u, 31, -1) + (__fns(1u, 0, 2) == ~0u);
  out[k++] = __float2int_rn(2.5f) * 1000 + __float2int_rz(-2.7f) * 100 +
             __float2int_rd(-2.1f) * 10 + __float2int_ru(2.1f);
  out[k++] = __float2int_rz(1e20f) == 2147483647 && __float2int_rn(NAN) == 0 &&
             __float2uint_rz(-5.0f) == 0 && __double2ll_rn(-1e30) < -9223372036854775807ll;
  out[k++] = __double2hiint(1.0) == 0x3ff00000 && __hiloint2double(0x40000000, 0) == 2.0 &&
             __float_as_int(1.0f) == 0x3f800000 && __int_as_float(0x40000000) == 2.0f;
  out[k++] = abs(-5) + labs(-7l) + llabs(-9ll) + min(3, 4) * 1000 + max(-1, 2u) / 4294967295u;
  out[k++] = llrint(2.5) * 100 + lround(2.5f) * 10 + llroundf(-0.4f);
}

// Directed roundings bracket the exact result, and only where it is inexact.
__global__ void roundings(const double* a, const double* b, int* wrong) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = static_cast<float>(a[i]), y = static_cast<float>(b[i]);
  double product = static_cast<double>(x) * y;  // exact
  int errors = 0;
  errors += !(__fmul_rd(x, y) <= product && product <= __fmul_ru(x, y));
  errors += fabs(static_cast<double>(__fmul_rz(x, y))) > fabs(product);
  errors += nextafterf(__fmul_rd(x, y), INFINITY) < __fmul_ru(x, y);
  errors += __fmul_rn(x, y) != static_cast<float>(product);
  errors +=
      __fadd_rd(x, y) > static_cast<double>(x) + y || __fadd_ru(x, y) < static_cast<double>(x) + y;
  errors += __fdiv_rd(x, y) * static_cast<double>(y) > x && y > 0;
  errors += __fsqrt_rd(fabsf(x)) * static_cast<double>(__fsqrt_rd(fabsf(x))) > fabsf(x);
  errors += __fsqrt_ru(fabsf(x)) * static_cast<double>(__fsqrt_ru(fabsf(x))) < fabsf(x);
  errors += !(__double2float_rd(a[i]) <= a[i] && a[i] <= __double2float_ru(a[i]));
  errors += __fmaf_rd(x, y, 1.0f) > __fmaf_rn(x, y, 1.0f) ||
            __fmaf_ru(x, y, 1.0f) < __fmaf_rn(x, y, 1.0f);
  errors += !(__dadd_rd(a[i], b[i]) <= a[i] + b[i] && a[i] + b[i] <= __dadd_ru(a[i], b[i]));
  errors +=
      !(__ddiv_rd(a[i], b[i]) <= a[i] / b[i] && __ddiv_rd(a[i], b[i]) < __ddiv_ru(a[i], b[i]));
  errors += !(__fma_rd(a[i], b[i], 1.0) <= __fma_ru(a[i], b[i], 1.0));
  if (errors) atomicAdd(wrong, errors);
}
__global__ void exact_roundings(int* wrong) {
  int errors = 0;
  errors += __fadd_ru(1.0f, 2.0f) != 3.0f || __fmul_rz(3.0f, 4.0f) != 12.0f;
  errors += __int2float_rd(16777217) != 16777216.0f || __int2float_ru(16777217) != 16777218.0f;
  errors += __int2float_rz(-16777217) != -16777216.0f || __int2float_rd(-16777217) != -16777218.0f;
  errors += __ll2double_ru((1ll << 53) + 1) != 9007199254740994.0;
  errors += __ull2float_rd(~0ull) != 18446742974197923840.0f || __ull2float_ru(~0ull) != 0x1p64f;
  errors += __fadd_rz(3.402823466e38f, 3.402823466e38f) != 3.402823466e38f;
  errors += !isinf(__fadd_ru(INFINITY, 1.0f)) || !isinf(__fdiv_rd(1.0f, 0.0f));
  errors += __fma_rd(0x1p-600, 0x1p-400, 1.0) != 1.0 ||
            __fma_ru(0x1p-500, 0x1p-500, 1.0) != 1.0 + 0x1p-52;
  volatile float x = 1.0f + 0x1p-12f;  // its square loses 2^-24, which a fused operation keeps
  errors += __fadd_rn(__fmul_rn(x, x), -1.0f) != 0x1p-11f;
  errors += fmaf(x, x, -1.0f) != 0x1p-11f + 0x1p-24f;
  *wrong = errors;
}
