// testdata/templates.cu: templates, namespaces, overloads, lambdas, classes.
#include <limits>
#include <type_traits>

template <typename T, int factor>
__global__ void scale(T* data, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) data[i] *= factor;
}

namespace outer {
namespace inner {
__global__ void store(int* out) { out[threadIdx.x] = 41; }
}  // namespace inner
template <typename T>
__global__ void limits(T* out) {
  out[0] = std::numeric_limits<T>::max();
  out[1] = std::numeric_limits<T>::lowest();
}
}  // namespace outer

__global__ void overloaded(int* out) { out[threadIdx.x] = 1; }
__global__ void overloaded(float* out) { out[threadIdx.x] = 2.5f; }

extern "C" __global__ void plain_c(int* out) { out[threadIdx.x] = 3; }
static __global__ void of_this_file(int* out) { out[threadIdx.x] = 4; }

template <typename T>
__device__ T square(T x) {
  if constexpr (std::is_integral_v<T>) {
    return x * x;
  } else {
    return x * x + T(0.5);
  }
}
template <typename T>
__global__ void squares(const T* in, T* out) {
  out[threadIdx.x] = square(in[threadIdx.x]);
}

template <typename Function>
__device__ void for_each(int n, Function function) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) function(i);
}
__global__ void lambdas(int* out, int n, int shift) {
  for_each(n, [=] __device__(int i) { out[i] = i << shift; });
  auto triple = [](auto x) { return 3 * x; };
  for_each(n, [&](int i) { out[i] += triple(i); });
}

class Polynomial {
 public:
  __host__ __device__ Polynomial(float a, float b) : a_(a), b_(b) {}
  __host__ __device__ float operator()(float x) const { return a_ * x + b_; }
  __device__ static int degree() { return 1; }

 private:
  float a_, b_;
};
__global__ void functors(Polynomial p, float* out) {
  out[threadIdx.x] = p(static_cast<float>(threadIdx.x)) + Polynomial::degree();
}

struct Shape {
  __device__ virtual int area() const { return 0; }
};
struct Square : Shape {
  int side;
  __device__ explicit Square(int side) : side(side) {}
  __device__ int area() const override { return side * side; }
};
__global__ void virtual_calls(int* out) {
  Square square(threadIdx.x);
  const Shape& shape = square;
  out[threadIdx.x] = shape.area();
}

template <typename... T>
__global__ void sum_of_all(int* out, T... values) {
  *out = (0 + ... + values);
}

enum class Mode { Add, Subtract };
template <Mode mode>
__global__ void by_mode(int* out) {
  out[threadIdx.x] = mode == Mode::Add ? 10 + threadIdx.x : 10 - static_cast<int>(threadIdx.x);
}

__forceinline__ __device__ int inlined(int x) { return x + 1; }
__noinline__ __device__ int outlined(int x) { return x + 2; }
__global__ void inlining(int* out) { out[threadIdx.x] = inlined(0) + outlined(threadIdx.x); }

#ifndef FACTOR
#define FACTOR 1
#endif
__global__ void macros(int* out) {
#if defined(__CUDACC__) && __CUDA_ARCH__ >= 600 && defined(SENNIT_CPU)
  out[threadIdx.x] = FACTOR * 7;
#endif
}
