// corpus/memory.cu: shared and local memory, with numbers and with pointers in it; copies of bytes.

//@ kernel staged: out=write in=read
extern "C" __global__ void staged(float* out, const float* in) {
  __shared__ float tile[256];
  tile[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = tile[255 - threadIdx.x];
}

//@ kernel staged_dynamically: x=readwrite
extern "C" __global__ void staged_dynamically(float* x) {
  extern __shared__ float buffer[];
  buffer[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = buffer[blockDim.x - 1 - threadIdx.x];
}

//@ kernel transposed: out=write in=read n=value
extern "C" __global__ void transposed(float* out, const float* in, int n) {
  __shared__ float tile[16][17];
  int x = blockIdx.x * 16 + threadIdx.x, y = blockIdx.y * 16 + threadIdx.y;
  tile[threadIdx.y][threadIdx.x] = in[y * n + x];
  __syncthreads();
  out[x * n + y] = tile[threadIdx.x][threadIdx.y];
}

//@ kernel multiplied: c=write a=read b=read n=value old=a,b
extern "C" __global__ void multiplied(float* c, const float* a, const float* b, int n) {
  __shared__ float ta[8][8], tb[8][8];
  int row = blockIdx.y * 8 + threadIdx.y, column = blockIdx.x * 8 + threadIdx.x;
  float sum = 0;
  for (int t = 0; t < n; t += 8) {
    ta[threadIdx.y][threadIdx.x] = a[row * n + t + threadIdx.x];
    tb[threadIdx.y][threadIdx.x] = b[(t + threadIdx.y) * n + column];
    __syncthreads();
    for (int k = 0; k < 8; ++k) sum += ta[threadIdx.y][k] * tb[k][threadIdx.x];
    __syncthreads();
  }
  c[row * n + column] = sum;
}

//@ kernel reduced: out=write in=read n=value
extern "C" __global__ void reduced(float* out, const float* in, int n) {
  extern __shared__ float partial[];
  partial[threadIdx.x] = threadIdx.x < n ? in[threadIdx.x] : 0.0f;
  __syncthreads();
  for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) out[blockIdx.x] = partial[0];
}

//@ kernel carved: out=write in=read n=value
extern "C" __global__ void carved(double* out, const int* in, int n) {
  extern __shared__ char raw[];
  double* sums = reinterpret_cast<double*>(raw);
  int* counts = reinterpret_cast<int*>(sums + n);
  sums[threadIdx.x] = 0.5;
  counts[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = sums[0] * counts[n - 1];
}

//@ kernel pointer_in_shared: a=write b=unused
extern "C" __global__ void pointer_in_shared(float* a, float* b) {
  __shared__ float* target;
  if (threadIdx.x == 0) target = a;
  __syncthreads();
  target[threadIdx.x] = 1.0f;
}

//@ kernel pointers_in_shared: a=write b=write which=value
extern "C" __global__ void pointers_in_shared(float* a, float* b, int which) {
  __shared__ float* targets[2];
  if (threadIdx.x == 0) {
    targets[0] = a;
    targets[1] = b;
  }
  __syncthreads();
  targets[which][threadIdx.x] = 1.0f;
}

//@ kernel pointers_on_stack: a=read b=read c=read out=write which=value
extern "C" __global__ void pointers_on_stack(const float* a, const float* b, const float* c,
                                             float* out, int which) {
  const float* all[3] = {a, b, c};
  out[threadIdx.x] = all[which][threadIdx.x];
}

//@ kernel targets_on_stack: a=write b=write out=unused which=value
extern "C" __global__ void targets_on_stack(float* a, float* b, float* out, int which) {
  float* all[2] = {a, b};
  all[which & 1][threadIdx.x] = 1.0f;
}

//@ kernel read_and_written_on_stack: a=read b=read c=write d=write which=value
extern "C" __global__ void read_and_written_on_stack(const float* a, const float* b, float* c,
                                                     float* d, int which) {
  const float* sources[2] = {a, b};
  float* targets[2] = {c, d};
  targets[which][threadIdx.x] = sources[which][threadIdx.x];
}

//@ kernel rotating_on_stack: a=readwrite b=readwrite c=readwrite n=value
extern "C" __global__ void rotating_on_stack(float* a, float* b, float* c, int n) {
  float* all[3] = {a, b, c};
  for (int i = 0; i < n; ++i) all[i % 3][threadIdx.x] = all[(i + 1) % 3][threadIdx.x];
}

//@ kernel numbers_on_stack: in=read out=write which=value
extern "C" __global__ void numbers_on_stack(const int* in, int* out, int which) {
  int counts[16];
  for (int i = 0; i < 16; ++i) counts[i] = in[i * which];
  for (int i = 0; i < 16; ++i) counts[in[i] & 15] += i;
  out[threadIdx.x] = counts[which & 15];
}

//@ kernel sorted_on_stack: x=readwrite which=value
extern "C" __global__ void sorted_on_stack(float* x, int which) {
  float v[8];
  for (int i = 0; i < 8; ++i) v[i] = x[threadIdx.x * 8 + i];
  for (int i = 1; i < 8; ++i) {
    for (int j = i; j > 0 && v[j - 1] > v[j]; --j) {
      float t = v[j];
      v[j] = v[j - 1];
      v[j - 1] = t;
    }
  }
  for (int i = 0; i < 8; ++i) x[threadIdx.x * 8 + i] = v[(i + which) & 7];
}

//@ kernel struct_on_stack: x=write y=read n=value
struct Job {
  float* to;
  const float* from;
  int count;
};
extern "C" __global__ void struct_on_stack(float* x, const float* y, int n) {
  Job jobs[2] = {{x, y, n}, {x + 1, y + 1, n - 1}};
  Job* job = &jobs[threadIdx.x & 1];
  for (int i = 0; i < job->count; ++i) job->to[i] = job->from[i];
}

//@ kernel copied_by_memcpy: to=write from=read
extern "C" __global__ void copied_by_memcpy(char* to, const char* from) { memcpy(to, from, 64); }

//@ kernel copied_by_memcpy_of_any_size: to=write from=read n=value
extern "C" __global__ void copied_by_memcpy_of_any_size(char* to, const char* from, int n) {
  memcpy(to + threadIdx.x * n, from, n);
}

//@ kernel cleared_by_memset: x=write n=value
extern "C" __global__ void cleared_by_memset(int* x, int n) { memset(x, 0, n * sizeof(int)); }

//@ kernel struct_by_memcpy: to=write from=read
struct Block {
  int values[32];
};
extern "C" __global__ void struct_by_memcpy(Block* to, const Block* from) {
  to[threadIdx.x] = from[threadIdx.x];
}

//@ kernel pointer_by_memcpy: x=write y=unused
extern "C" __global__ void pointer_by_memcpy(float* x, float* y) {
  float* p;
  memcpy(&p, &x, sizeof p);
  p[threadIdx.x] = 1.0f;
}

//@ kernel bits_by_memcpy: in=read out=write
extern "C" __global__ void bits_by_memcpy(const float* in, unsigned* out) {
  unsigned bits;
  float value = in[threadIdx.x];
  memcpy(&bits, &value, sizeof bits);
  out[threadIdx.x] = bits;
}

//@ kernel vectors: out=write in=read
extern "C" __global__ void vectors(float4* out, const float4* in) {
  float4 v = in[threadIdx.x];
  out[threadIdx.x] = make_float4(v.w, v.z, v.y, v.x);
}

//@ kernel vectors_of_others: out=write in=read
extern "C" __global__ void vectors_of_others(float* out, const float* in) {
  float2 v = reinterpret_cast<const float2*>(in)[threadIdx.x];
  reinterpret_cast<float2*>(out)[threadIdx.x] = make_float2(v.y, v.x);
}

//@ kernel small_types: out=write a=read b=read
extern "C" __global__ void small_types(signed char* out, const short* a, const unsigned char* b) {
  out[threadIdx.x] = static_cast<signed char>(a[threadIdx.x] + b[threadIdx.x]);
}

//@ kernel read_only_cache: out=write in=read
extern "C" __global__ void read_only_cache(float* out, const float* in) {
  out[threadIdx.x] = __ldg(in + threadIdx.x);
}

//@ kernel cache_hints: out=write in=read
extern "C" __global__ void cache_hints(int* out, const int* in) {
  __stcs(out + threadIdx.x, __ldcs(in + threadIdx.x));
  __stcg(out + threadIdx.x + 32, __ldcg(in + threadIdx.x + 32));
}

//@ kernel heap: out=write in=read cuda-only
extern "C" __global__ void heap(int* out, const int* in) {
  int* scratch = static_cast<int*>(malloc(64 * sizeof(int)));
  if (scratch == nullptr) return;
  for (int i = 0; i < 64; ++i) scratch[i] = in[i];
  out[threadIdx.x] = scratch[threadIdx.x & 63];
  free(scratch);
}
