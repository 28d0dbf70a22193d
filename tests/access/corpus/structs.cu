// corpus/structs.cu: structs and classes by value, with and without pointers inside.

struct Pair {
  float a, b;
};
struct View {
  float* data;
  int size;
};
struct Nested {
  View first, second;
  double weight;
};
struct Small {
  float* only;
};
template <typename T>
struct Span {
  T* data;
  long long size;
  __device__ T& operator[](long long i) const { return data[i]; }
};

//@ kernel plain_struct: out=write pair=value
extern "C" __global__ void plain_struct(float* out, Pair pair) { out[threadIdx.x] = pair.a + pair.b; }

//@ kernel view_written: view=value touches-untracked
extern "C" __global__ void view_written(View view) {
  if (threadIdx.x < view.size) view.data[threadIdx.x] = 1.0f;
}

//@ kernel view_read: view=value out=write touches-untracked
extern "C" __global__ void view_read(View view, float* out) {
  out[threadIdx.x] = view.data[threadIdx.x];
}

//@ kernel view_not_followed: view=value out=write
extern "C" __global__ void view_not_followed(View view, int* out) { *out = view.size; }

//@ kernel nested_struct: nested=value out=write touches-untracked
extern "C" __global__ void nested_struct(Nested nested, double* out) {
  *out = nested.first.data[0] + nested.second.data[1] * nested.weight;
}

//@ kernel struct_of_one_pointer: small=value touches-untracked
extern "C" __global__ void struct_of_one_pointer(Small small) { small.only[threadIdx.x] = 0.0f; }

//@ kernel view_made_here: x=write n=value
extern "C" __global__ void view_made_here(float* x, int n) {
  View view{x, n};
  for (int i = threadIdx.x; i < view.size; i += 32) view.data[i] = 0.0f;
}

//@ kernel spans_made_here: out=write in=read n=value
extern "C" __global__ void spans_made_here(float* out, const float* in, long long n) {
  Span<float> to{out, n};
  Span<const float> from{in, n};
  for (long long i = threadIdx.x; i < to.size; i += 32) to[i] = from[i];
}

//@ kernel array_of_structs: points=readwrite n=value
extern "C" __global__ void array_of_structs(Pair* points, int n) {
  int i = threadIdx.x;
  if (i < n) points[i].a = points[i].b;
}

//@ kernel members_copied: to=write from=read
extern "C" __global__ void members_copied(Nested* to, const Pair* from) {
  to[threadIdx.x].weight = from[threadIdx.x].a;
}

//@ kernel struct_assigned: to=write from=read
extern "C" __global__ void struct_assigned(Pair* to, const Pair* from) {
  to[threadIdx.x] = from[threadIdx.x];
}

//@ kernel array_in_struct: t=value out=write which=value
struct Table {
  float entries[8];
};
extern "C" __global__ void array_in_struct(Table t, float* out, int which) {
  out[threadIdx.x] = t.entries[which & 7];
}

//@ kernel pointers_in_struct_chosen: t=value which=value touches-untracked
struct Pointers {
  float* entries[4];
};
extern "C" __global__ void pointers_in_struct_chosen(Pointers t, int which) {
  t.entries[which & 3][threadIdx.x] = 1.0f;
}

//@ kernel struct_and_pointer: view=value x=readwrite touches-untracked
extern "C" __global__ void struct_and_pointer(View view, float* x) {
  x[threadIdx.x] += view.data[threadIdx.x];
}

//@ kernel vector_parameter: out=write v=value
extern "C" __global__ void vector_parameter(float4* out, float4 v) { out[threadIdx.x] = v; }

//@ kernel complex_numbers: z=readwrite c=value
struct Complex {
  double re, im;
};
extern "C" __global__ void complex_numbers(Complex* z, Complex c) {
  Complex v = z[threadIdx.x];
  z[threadIdx.x] = {v.re * v.re - v.im * v.im + c.re, 2 * v.re * v.im + c.im};
}

//@ kernel functor_with_pointer: out=write table=read
struct Lookup {
  const float* table;
  __device__ float operator()(int i) const { return table[i]; }
};
extern "C" __global__ void functor_with_pointer(float* out, const float* table) {
  Lookup lookup{table};
  out[threadIdx.x] = lookup(threadIdx.x * 2);
}

//@ kernel bits_of_struct: flags=value out=write
struct Flags {
  unsigned a : 3, b : 5;
};
extern "C" __global__ void bits_of_struct(Flags flags, int* out) { *out = flags.a + flags.b; }
