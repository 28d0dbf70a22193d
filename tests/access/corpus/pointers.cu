// corpus/pointers.cu: plain parameters, aliases, choices between pointers, arithmetic on them.

//@ kernel copy: to=write from=read n=value old=from
extern "C" __global__ void copy(float* to, const float* from, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) to[i] = from[i];
}

//@ kernel saxpy: y=readwrite x=read a=value n=value old=x,y
extern "C" __global__ void saxpy(float* y, const float* x, float a, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] += a * x[i];
}

//@ kernel fill: x=write value=value n=value old=
extern "C" __global__ void fill(int* x, int value, int n) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) x[i] = value;
}

//@ kernel nothing: x=unused y=unused n=value
extern "C" __global__ void nothing(float* x, const double* y, long long n) {}

//@ kernel one_of_three: a=unused b=write c=unused
extern "C" __global__ void one_of_three(float* a, float* b, float* c) { b[threadIdx.x] = 1.0f; }

//@ kernel written_through_const: x=write
extern "C" __global__ void written_through_const(const float* x) {
  const_cast<float*>(x)[threadIdx.x] = 2.0f;
}

//@ kernel only_read_without_const: x=read out=write
extern "C" __global__ void only_read_without_const(float* x, float* out) {
  out[threadIdx.x] = x[threadIdx.x] + 1.0f;
}

//@ kernel aliased_names: x=readwrite
extern "C" __global__ void aliased_names(float* x) {
  float* p = x;
  float* q = p + 1;
  q[threadIdx.x] = p[threadIdx.x + 2];
}

//@ kernel restricted: a=write b=read c=read
extern "C" __global__ void restricted(float* __restrict__ a, const float* __restrict__ b,
                                      const float* __restrict__ c) {
  int i = threadIdx.x;
  a[i] = b[i] * c[i];
}

//@ kernel volatile_flag: flag=read out=write
extern "C" __global__ void volatile_flag(volatile int* flag, int* out) {
  while (*flag == 0) {
  }
  out[threadIdx.x] = 1;
}

//@ kernel volatile_written: x=readwrite
extern "C" __global__ void volatile_written(volatile float* x) { x[threadIdx.x] = x[0] + 1.0f; }

//@ kernel chosen_source: out=write a=read b=read which=value
extern "C" __global__ void chosen_source(float* out, const float* a, const float* b, int which) {
  const float* p = which ? a : b;
  out[threadIdx.x] = p[threadIdx.x];
}

//@ kernel chosen_target: a=write b=write which=value
extern "C" __global__ void chosen_target(float* a, float* b, int which) {
  float* p = which > 3 ? a : b;
  p[threadIdx.x] = 3.0f;
}

//@ kernel chosen_by_thread: a=readwrite b=readwrite
extern "C" __global__ void chosen_by_thread(int* a, int* b) {
  int* p = (threadIdx.x & 1) ? a : b;
  p[threadIdx.x] += 7;
}

//@ kernel swapped_in_loop: a=readwrite b=readwrite n=value
extern "C" __global__ void swapped_in_loop(float* a, float* b, int n) {
  float* from = a;
  float* to = b;
  for (int i = 0; i < n; ++i) {
    to[threadIdx.x] = from[threadIdx.x ^ 1] * 0.5f;
    float* t = from;
    from = to;
    to = t;
  }
}

//@ kernel chosen_of_four: a=write b=write c=write d=write which=value
extern "C" __global__ void chosen_of_four(float* a, float* b, float* c, float* d, int which) {
  float* p = a;
  if (which == 1) p = b;
  if (which == 2) p = c;
  if (which == 3) p = d;
  p[threadIdx.x] = 1.0f;
}

//@ kernel walking: x=read out=write n=value
extern "C" __global__ void walking(const float* x, float* out, int n) {
  float sum = 0;
  for (const float* p = x + threadIdx.x; n > 0; p += blockDim.x, --n) sum += *p;
  out[threadIdx.x] = sum;
}

//@ kernel walking_to_an_end: x=read out=write n=value
extern "C" __global__ void walking_to_an_end(const float* x, float* out, int n) {
  float sum = 0;
  const float* end = x + n;
  for (const float* p = x; p != end; ++p) sum += *p;
  out[threadIdx.x] = sum;
}

//@ kernel walking_to_a_parameter: first=escapes last=escapes out=write
extern "C" __global__ void walking_to_a_parameter(const float* first, const float* last,
                                                  float* out) {
  float sum = 0;
  for (; first != last; ++first) sum += *first;
  out[threadIdx.x] = sum;
}

//@ kernel walking_and_writing: x=write n=value
extern "C" __global__ void walking_and_writing(int* x, int n) {
  int* p = x + n;
  while (n-- > 0) *--p = n;
}

//@ kernel backwards: x=readwrite n=value
extern "C" __global__ void backwards(int* x, int n) {
  for (int i = n - 1; i > 0; --i) x[i] = x[i - 1];
}

//@ kernel null_check: x=write
extern "C" __global__ void null_check(float* x) {
  if (x != nullptr) x[threadIdx.x] = 1.0f;
}

//@ kernel optional_bias: out=write in=read bias=read
extern "C" __global__ void optional_bias(float* out, const float* in, const float* bias) {
  float v = in[threadIdx.x];
  if (bias) v += bias[0];
  out[threadIdx.x] = v;
}

//@ kernel compared: a=escapes b=escapes out=write
extern "C" __global__ void compared(float* a, float* b, int* out) {
  out[threadIdx.x] = a == b ? 1 : 0;
}

//@ kernel ordered: a=escapes b=escapes out=write
extern "C" __global__ void ordered(const char* a, const char* b, int* out) { *out = a < b; }

//@ kernel distance: a=escapes b=escapes out=write
extern "C" __global__ void distance(const int* a, const int* b, long long* out) { *out = a - b; }

//@ kernel compared_with_itself: x=read n=value out=write
extern "C" __global__ void compared_with_itself(const float* x, int n, float* out) {
  const float* p = x;
  const float* end = x + n;
  float best = *p;
  while (++p < end) best = best > *p ? best : *p;
  *out = best;
}

//@ kernel as_integer: x=write
extern "C" __global__ void as_integer(float* x) {
  unsigned long long address = reinterpret_cast<unsigned long long>(x);
  address += 4ull * threadIdx.x;
  *reinterpret_cast<float*>(address) = 1.0f;
}

//@ kernel aligned_down: x=read out=write
extern "C" __global__ void aligned_down(const float* x, float4* out) {
  unsigned long long address = reinterpret_cast<unsigned long long>(x + threadIdx.x);
  out[threadIdx.x] = *reinterpret_cast<const float4*>(address & ~15ull);
}

//@ kernel aligned_or_not: x=read out=write
extern "C" __global__ void aligned_or_not(const float* x, float* out) {
  if ((reinterpret_cast<unsigned long long>(x) & 15) == 0) {
    float4 v = *reinterpret_cast<const float4*>(x);
    out[0] = v.x + v.y + v.z + v.w;
  } else {
    out[0] = x[0] + x[1] + x[2] + x[3];
  }
}

//@ kernel tagged: x=write
extern "C" __global__ void tagged(int* x) {
  unsigned long long bits = reinterpret_cast<unsigned long long>(x) | 1ull;
  int* p = reinterpret_cast<int*>(bits & ~1ull);
  p[threadIdx.x] = 5;
}

//@ kernel number_as_address: address=value touches-untracked cuda-only
extern "C" __global__ void number_as_address(unsigned int address) {
  *reinterpret_cast<float*>(static_cast<unsigned long long>(address) << 4) = 1.0f;
}

//@ kernel gathered: out=write in=read index=read
extern "C" __global__ void gathered(float* out, const float* in, const int* index) {
  out[threadIdx.x] = in[index[threadIdx.x]];
}

//@ kernel gathered_wide: out=write in=read index=read
extern "C" __global__ void gathered_wide(char* out, const char* in, const long long* index) {
  out[threadIdx.x] = in[index[threadIdx.x]];
}

//@ kernel scattered: out=write in=read index=read n=value
extern "C" __global__ void scattered(double* out, const double* in, const unsigned* index,
                                     unsigned long long n) {
  unsigned long long i = threadIdx.x;
  if (i < n) out[index[i]] = in[i];
}

//@ kernel sized: out=write n=value stride=value
extern "C" __global__ void sized(float* out, unsigned long long n, long long stride) {
  for (unsigned long long i = threadIdx.x; i < n; i += 32) out[i * stride] = 0.0f;
}

//@ kernel sizes_written: out=write n=value
extern "C" __global__ void sizes_written(long long* out, int n) { out[threadIdx.x] = n; }

//@ kernel read_twice_written_once: a=read b=read c=write
extern "C" __global__ void read_twice_written_once(const float* a, const float* b, float* c) {
  c[threadIdx.x] = a[threadIdx.x] * a[threadIdx.x + 1] + b[threadIdx.x];
}

//@ kernel matrix: m=read v=read out=write rows=value columns=value
extern "C" __global__ void matrix(const float* m, const float* v, float* out, int rows,
                                  int columns) {
  int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  float sum = 0;
  for (int c = 0; c < columns; ++c) sum += m[row * columns + c] * v[c];
  out[row] = sum;
}

//@ kernel two_dimensional: rows=read out=write n=value touches-untracked
extern "C" __global__ void two_dimensional(float** rows, float* out, int n) {
  out[threadIdx.x] = rows[n][threadIdx.x];
}

//@ kernel linked_list: head=read out=write touches-untracked
struct Node {
  Node* next;
  int value;
};
extern "C" __global__ void linked_list(const Node* head, int* out) {
  int sum = 0;
  for (const Node* node = head; node != nullptr; node = node->next) sum += node->value;
  *out = sum;
}

//@ kernel linked_list_written: head=readwrite touches-untracked
extern "C" __global__ void linked_list_written(Node* head) {
  for (Node* node = head; node != nullptr; node = node->next) node->value += 1;
}

//@ kernel stored_in_memory: table=write x=escapes
extern "C" __global__ void stored_in_memory(float** table, float* x) { table[threadIdx.x] = x; }

//@ kernel stored_as_number: out=write x=escapes
extern "C" __global__ void stored_as_number(unsigned long long* out, const float* x) {
  *out = reinterpret_cast<unsigned long long>(x);
}
