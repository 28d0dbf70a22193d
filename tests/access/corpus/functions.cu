// corpus/functions.cu: device functions, inlined and not, recursive, through pointers.

__device__ float load_inlined(const float* p, int i) { return p[i]; }
__noinline__ __device__ float load_called(const float* p, int i) { return p[i]; }
__noinline__ __device__ void store_called(float* p, int i, float v) { p[i] = v; }
__noinline__ __device__ void add_called(float* to, const float* from) {
  to[threadIdx.x] += from[threadIdx.x];
}
__noinline__ __device__ float* offset_called(float* p, int n) { return p + n; }
__noinline__ __device__ float* choose_called(float* a, float* b, int which) {
  return which ? a : b;
}
__noinline__ __device__ void ignores(float* p, float* out) {
  if (p != nullptr) out[threadIdx.x] = 1.0f;
}

//@ kernel inlined: out=write in=read
extern "C" __global__ void inlined(float* out, const float* in) {
  out[threadIdx.x] = load_inlined(in, threadIdx.x);
}

//@ kernel called_to_load: out=write in=read old=in
extern "C" __global__ void called_to_load(float* out, const float* in) {
  out[threadIdx.x] = load_called(in, threadIdx.x);
}

//@ kernel called_to_store: out=write v=value
extern "C" __global__ void called_to_store(float* out, float v) { store_called(out, threadIdx.x, v); }

// The same function on both sides: what it reads of one call is not read of the other.
//@ kernel called_twice: a=read b=readwrite c=write
extern "C" __global__ void called_twice(const float* a, float* b, float* c) {
  add_called(b, a);
  store_called(c, threadIdx.x, load_called(a, threadIdx.x + 1));
}

//@ kernel crossed: a=readwrite b=readwrite
extern "C" __global__ void crossed(float* a, float* b) {
  add_called(a, b);
  add_called(b, a);
}

//@ kernel returned: x=write y=unused
extern "C" __global__ void returned(float* x, float* y) { *offset_called(x, 4) = 1.0f; }

//@ kernel returned_both_ways: x=write y=read out=write
extern "C" __global__ void returned_both_ways(float* x, float* y, float* out) {
  *offset_called(x, threadIdx.x) = 1.0f;
  out[threadIdx.x] = *offset_called(y, threadIdx.x);
}

//@ kernel returned_choice: a=write b=write which=value
extern "C" __global__ void returned_choice(float* a, float* b, int which) {
  choose_called(a, b, which)[threadIdx.x] = 1.0f;
}

//@ kernel passed_and_tested: x=unused out=write
extern "C" __global__ void passed_and_tested(float* x, float* out) { ignores(x, out); }

__noinline__ __device__ float level3(const float* p) { return p[3]; }
__noinline__ __device__ float level2(const float* p) { return level3(p + 1) + 1.0f; }
__noinline__ __device__ float level1(const float* p) { return level2(p + 1) * 2.0f; }

//@ kernel chain_of_calls: out=write in=read unused=unused
extern "C" __global__ void chain_of_calls(float* out, const float* in, float* unused) {
  out[threadIdx.x] = level1(in + threadIdx.x);
}

__noinline__ __device__ int sum_down(const int* p, int n) {
  return n <= 0 ? 0 : p[n] + sum_down(p, n - 1) * 3;
}
__noinline__ __device__ void fill_down(int* p, int n) {
  if (n <= 0) return;
  fill_down(p, n - 1);
  p[n] = n;
  fill_down(p + 1, n - 2);
}
__device__ int odd_steps(int* p, int n);
__noinline__ __device__ int even_steps(int* p, int n) {
  return n == 0 ? p[0] : odd_steps(p + 1, n - 1) + 1;
}
__noinline__ __device__ int odd_steps(int* p, int n) {
  if (n == 0) return 0;
  p[n] = n;
  return even_steps(p, n - 1) * 2;
}

//@ kernel recursive_reader: in=read out=write
extern "C" __global__ void recursive_reader(const int* in, int* out) {
  out[threadIdx.x] = sum_down(in, threadIdx.x);
}

//@ kernel recursive_writer: x=write n=value
extern "C" __global__ void recursive_writer(int* x, int n) { fill_down(x, n); }

//@ kernel mutual_recursion: x=readwrite out=write n=value
extern "C" __global__ void mutual_recursion(int* x, int* out, int n) { *out = even_steps(x, n); }

__noinline__ __device__ void swap_recursively(int* a, int* b, int n) {
  if (n == 0) {
    a[0] = b[1];
    return;
  }
  swap_recursively(b, a, n - 1);
}

//@ kernel recursion_swaps: a=readwrite b=readwrite n=value
extern "C" __global__ void recursion_swaps(int* a, int* b, int n) { swap_recursively(a, b, n); }

struct Window {
  float* data;
  int first, last;
};
__noinline__ __device__ void clear_window(Window w) {
  for (int i = w.first; i < w.last; ++i) w.data[i] = 0.0f;
}
__noinline__ __device__ Window make_window(float* p, int n) { return {p, n, n + 4}; }
__noinline__ __device__ void shift_window(Window* w, int n) { w->data += n; }

//@ kernel struct_argument: x=write n=value
extern "C" __global__ void struct_argument(float* x, int n) { clear_window({x, 0, n}); }

//@ kernel struct_result: x=write n=value
extern "C" __global__ void struct_result(float* x, int n) { clear_window(make_window(x, n)); }

//@ kernel struct_by_pointer: x=write y=unused n=value
extern "C" __global__ void struct_by_pointer(float* x, float* y, int n) {
  Window w = make_window(x, n);
  shift_window(&w, n);
  clear_window(w);
}

__noinline__ __device__ void set_pointer(float** where, float* p) { *where = p; }

//@ kernel pointer_set_by_call: x=write y=unused
extern "C" __global__ void pointer_set_by_call(float* x, float* y) {
  float* p = nullptr;
  set_pointer(&p, x);
  p[threadIdx.x] = 1.0f;
}

using Operation = float (*)(float*, int);
__noinline__ __device__ float read_element(float* p, int i) { return p[i]; }
__noinline__ __device__ float clear_element(float* p, int i) {
  p[i] = 0.0f;
  return 1.0f;
}

//@ kernel function_pointer_chosen: x=readwrite out=write which=value
extern "C" __global__ void function_pointer_chosen(float* x, float* out, int which) {
  Operation operation = which ? read_element : clear_element;
  out[threadIdx.x] = operation(x, threadIdx.x);
}

//@ kernel function_pointer_known: x=read out=write
extern "C" __global__ void function_pointer_known(float* x, float* out) {
  Operation operation = read_element;
  out[threadIdx.x] = operation(x, threadIdx.x);
}

__device__ Operation operations[2] = {read_element, clear_element};

//@ kernel function_pointer_in_memory: x=readwrite out=write which=value globals operations=read
extern "C" __global__ void function_pointer_in_memory(float* x, float* out, int which) {
  out[threadIdx.x] = operations[which & 1](x, threadIdx.x);
}

template <typename F>
__noinline__ __device__ void apply_called(float* x, F f) {
  x[threadIdx.x] = f(x[threadIdx.x]);
}

//@ kernel lambda_called: x=readwrite y=read
extern "C" __global__ void lambda_called(float* x, const float* y) {
  apply_called(x, [=](float v) { return v + y[0]; });
}

__noinline__ __device__ float many(const float* a, const float* b, const float* c, float* d,
                                   double e, char f, long long g) {
  d[threadIdx.x] = static_cast<float>(e) + f + g;
  return a[0] + b[0] + c[0];
}

//@ kernel many_arguments: a=read b=read c=read d=write out=write g=value
extern "C" __global__ void many_arguments(const float* a, const float* b, const float* c, float* d,
                                          float* out, long long g) {
  out[threadIdx.x] = many(a, b, c, d, 2.0, 'x', g);
}

__noinline__ __device__ int count_positive(const int* p, int n) {
  int count = 0;
  for (int i = 0; i < n; ++i) count += p[i] > 0;
  return count;
}

//@ kernel called_in_loop: x=read out=write n=value
extern "C" __global__ void called_in_loop(const int* x, int* out, int n) {
  int total = 0;
  for (int i = 0; i < n; ++i) total += count_positive(x + i * 16, 16);
  out[threadIdx.x] = total;
}

//@ kernel called_under_condition: x=write out=write n=value
extern "C" __global__ void called_under_condition(float* x, float* out, int n) {
  if (threadIdx.x < n) {
    store_called(x, threadIdx.x, 1.0f);
  } else {
    store_called(out, threadIdx.x, 2.0f);
  }
}
