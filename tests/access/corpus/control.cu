// corpus/control.cu: branches, switches, early exits, loops, and what arrays held before.

//@ kernel early_exit: x=write n=value
extern "C" __global__ void early_exit(int* x, int n) {
  if (threadIdx.x >= n) return;
  x[threadIdx.x] = 1;
}

//@ kernel written_on_one_path: x=write y=read n=value
extern "C" __global__ void written_on_one_path(int* x, const int* y, int n) {
  if (y[0] > n) x[threadIdx.x] = 1;
}

//@ kernel switched: a=write b=write c=readwrite which=value
extern "C" __global__ void switched(int* a, int* b, int* c, int which) {
  switch (which) {
    case 0:
      a[0] = 1;
      break;
    case 1:
      b[0] = 2;
      break;
    case 2:
      c[0] += 3;
      break;
    case 3:
      a[1] = 4;
      break;
    case 7:
      b[3] = 4;
      break;
    default:
      break;
  }
}

//@ kernel dense_switch: x=readwrite op=value
extern "C" __global__ void dense_switch(float* x, int op) {
  float v = x[threadIdx.x];
  switch (op) {
    case 0: v = v + 1.0f; break;
    case 1: v = v * 2.0f; break;
    case 2: v = v - 3.0f; break;
    case 3: v = v / 4.0f; break;
    case 4: v = sqrtf(v); break;
    case 5: v = -v; break;
    case 6: v = fabsf(v); break;
    case 7: v = v * v; break;
    case 8: v = 1.0f / v; break;
    default: v = 0.0f;
  }
  x[threadIdx.x] = v;
}

//@ kernel never_taken: x=unused out=write
extern "C" __global__ void never_taken(int* x, int* out) {
  if (sizeof(int) == 8) x[0] = 1;
  out[0] = 2;
}

//@ kernel jumped: x=write n=value
extern "C" __global__ void jumped(int* x, int n) {
  int i = 0;
again:
  x[i] = i;
  if (++i < n) goto again;
}

//@ kernel nested_loops: out=write in=read n=value
extern "C" __global__ void nested_loops(float* out, const float* in, int n) {
  for (int i = 0; i < n; ++i) {
    float sum = 0;
    for (int j = 0; j <= i; ++j) {
      if (in[j] < 0) continue;
      if (in[j] > 100) break;
      sum += in[j];
    }
    out[i] = sum;
  }
}

//@ kernel written_then_read: x=readwrite out=write old=
extern "C" __global__ void written_then_read(volatile int* x, int* out) {
  x[threadIdx.x] = 1;
  out[threadIdx.x] = x[threadIdx.x];
}

//@ kernel read_then_written: x=readwrite old=x
extern "C" __global__ void read_then_written(int* x) { x[threadIdx.x] = x[threadIdx.x] + 1; }

//@ kernel read_behind_a_barrier: x=readwrite out=write old=
extern "C" __global__ void read_behind_a_barrier(int* x, int* out) {
  if (threadIdx.x == 0) x[0] = 7;
  __syncthreads();
  out[threadIdx.x] = x[0];
}

//@ kernel written_on_one_path_then_read: x=readwrite out=write n=value old=x
extern "C" __global__ void written_on_one_path_then_read(volatile int* x, int* out, int n) {
  if (threadIdx.x < n) x[threadIdx.x] = 1;
  out[threadIdx.x] = x[threadIdx.x];
}

//@ kernel barrier_in_loop: x=readwrite n=value old=x
extern "C" __global__ void barrier_in_loop(float* x, int n) {
  for (int i = 0; i < n; ++i) {
    float v = x[threadIdx.x ^ 1];
    __syncthreads();
    x[threadIdx.x] = v * 0.5f;
    __syncthreads();
  }
}

//@ kernel initialised_in_loop: x=readwrite out=write n=value old=x
extern "C" __global__ void initialised_in_loop(volatile int* x, int* out, int n) {
  for (int i = 0; i < n; ++i) x[i] = i;
  out[threadIdx.x] = x[n - 1];
}

//@ kernel printed: x=read
extern "C" __global__ void printed(const int* x) {
  if (threadIdx.x == 0) printf("first %d of %f\n", x[0], 1.5);
}

//@ kernel printed_string: x=write
extern "C" __global__ void printed_string(int* x) {
  x[threadIdx.x] = 1;
  printf("kernel %s\n", "printed_string");
}

//@ kernel printed_address: x=unused
extern "C" __global__ void printed_address(int* x) { printf("%p\n", x); }

//@ kernel asserted: x=readwrite n=value
extern "C" __global__ void asserted(int* x, int n) {
  if (threadIdx.x >= n) __trap();
  x[threadIdx.x] += 1;
}

//@ kernel text_printed_from_memory: text=read
extern "C" __global__ void text_printed_from_memory(const char* text) { printf("%s\n", text); }

//@ kernel clock_written: out=write
extern "C" __global__ void clock_written(long long* out) { out[threadIdx.x] = clock64(); }

//@ kernel search: x=read out=write n=value key=value
extern "C" __global__ void search(const int* x, int* out, int n, int key) {
  int low = 0, high = n;
  while (low < high) {
    int middle = (low + high) / 2;
    if (x[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  out[threadIdx.x] = low;
}

//@ kernel stencil: out=write in=read n=value
extern "C" __global__ void stencil(float* out, const float* in, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i > 0 && i < n - 1) out[i] = in[i - 1] - 2 * in[i] + in[i + 1];
}

//@ kernel grid_stride_wide: out=write in=read n=value
extern "C" __global__ void grid_stride_wide(float* out, const float* in, unsigned long long n) {
  unsigned long long stride = static_cast<unsigned long long>(gridDim.x) * blockDim.x;
  for (unsigned long long i = blockIdx.x * static_cast<unsigned long long>(blockDim.x) + threadIdx.x;
       i < n; i += stride) {
    out[i] = in[i];
  }
}

//@ kernel bytes_wide: out=write in=read n=value
extern "C" __global__ void bytes_wide(unsigned char* out, const unsigned char* in, long long n) {
  for (long long i = threadIdx.x; i < n; i += blockDim.x) out[i] = in[n - 1 - i];
}
