// corpus/templates.cu: templates, namespaces, overloads, lambdas, methods.

//@ kernel scale<float, 4>: x=readwrite factor=value
//@ kernel scale<double, 1>: x=readwrite factor=value
template <typename T, int per_thread>
__global__ void scale(T* x, T factor) {
  for (int i = 0; i < per_thread; ++i) x[threadIdx.x * per_thread + i] *= factor;
}

//@ kernel maybe_written<true>: x=readwrite
//@ kernel maybe_written<false>: x=read
template <bool writes>
__global__ void maybe_written(int* x) {
  int v = x[threadIdx.x];
  if constexpr (writes) {
    x[threadIdx.x] = v + 1;
  } else if (v == 42) {
    __trap();
  }
}

namespace deep::inside {
//@ kernel deep::inside::negate: x=readwrite
__global__ void negate(float* x) { x[threadIdx.x] = -x[threadIdx.x]; }

//@ kernel deep::inside::convert<float, int>: to=write from=read
template <typename From, typename To>
__global__ void convert(To* to, const From* from) {
  to[threadIdx.x] = static_cast<To>(from[threadIdx.x]);
}
}  // namespace deep::inside

template <typename F>
__device__ void for_each(int n, F f) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) f(i);
}

//@ kernel with_lambda: out=write in=read n=value
extern "C" __global__ void with_lambda(float* out, const float* in, int n) {
  for_each(n, [=](int i) { out[i] = in[i] * 2.0f; });
}

//@ kernel with_lambda_by_reference: out=write in=read n=value
extern "C" __global__ void with_lambda_by_reference(float* out, const float* in, int n) {
  float offset = in[0];
  for_each(n, [&](int i) { out[i] = in[i] + offset; });
}

template <int n>
__device__ float dot(const float* a, const float* b) {
  return a[n - 1] * b[n - 1] + dot<n - 1>(a, b);
}
template <>
__device__ float dot<0>(const float*, const float*) {
  return 0.0f;
}

//@ kernel dots: out=write a=read b=read
extern "C" __global__ void dots(float* out, const float* a, const float* b) {
  out[threadIdx.x] = dot<4>(a + threadIdx.x * 4, b);
}

struct Accumulator {
  float* target;
  float sum = 0;
  __device__ explicit Accumulator(float* t) : target(t) {}
  __device__ void add(float v) { sum += v; }
  __device__ ~Accumulator() { target[threadIdx.x] = sum; }
};

//@ kernel written_by_destructor: out=write in=read
extern "C" __global__ void written_by_destructor(float* out, const float* in) {
  Accumulator a(out);
  for (int i = 0; i < 8; ++i) a.add(in[i]);
}

struct Shape {
  __device__ virtual float area() const = 0;
};
struct Square : Shape {
  const float* side;
  __device__ explicit Square(const float* s) : side(s) {}
  __device__ float area() const override { return side[0] * side[0]; }
};

//@ kernel devirtualized: side=read out=write
extern "C" __global__ void devirtualized(const float* side, float* out) {
  Square square(side);
  out[threadIdx.x] = square.area();
}
