// corpus/atomics.cu: atomic operations and orders of memory.

//@ kernel counted: counter=readwrite old=counter
extern "C" __global__ void counted(int* counter) { atomicAdd(counter, 1); }

//@ kernel histogram: bins=readwrite data=read n=value
extern "C" __global__ void histogram(unsigned* bins, const unsigned char* data, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    atomicAdd(&bins[data[i]], 1u);
  }
}

//@ kernel summed: sum=readwrite x=read
extern "C" __global__ void summed(float* sum, const float* x) { atomicAdd(sum, x[threadIdx.x]); }

//@ kernel summed_double: sum=readwrite x=read
extern "C" __global__ void summed_double(double* sum, const double* x) {
  atomicAdd(sum, x[threadIdx.x]);
}

//@ kernel maximum: best=readwrite x=read
extern "C" __global__ void maximum(int* best, const int* x) { atomicMax(best, x[threadIdx.x]); }

//@ kernel exchanged: x=readwrite out=write
extern "C" __global__ void exchanged(int* x, int* out) {
  out[threadIdx.x] = atomicExch(x, static_cast<int>(threadIdx.x));
}

//@ kernel compared_and_swapped: lock=readwrite data=readwrite
extern "C" __global__ void compared_and_swapped(int* lock, int* data) {
  while (atomicCAS(lock, 0, 1) != 0) {
  }
  data[0] += 1;
  __threadfence();
  atomicExch(lock, 0);
}

//@ kernel cas_loop: x=readwrite v=value
extern "C" __global__ void cas_loop(unsigned long long* x, double v) {
  unsigned long long old = *x, assumed;
  do {
    assumed = old;
    old = atomicCAS(x, assumed,
                    __double_as_longlong(v * __longlong_as_double(assumed)));
  } while (assumed != old);
}

//@ kernel bits_set: mask=readwrite
extern "C" __global__ void bits_set(unsigned* mask) {
  atomicOr(mask, 1u << threadIdx.x);
  atomicAnd(mask + 1, 7u);
  atomicXor(mask + 2, 3u);
}

//@ kernel ticket: next=readwrite slots=write n=value
extern "C" __global__ void ticket(unsigned* next, int* slots, unsigned n) {
  unsigned i = atomicInc(next, n);
  slots[i] = threadIdx.x;
}

//@ kernel atomic_chosen: a=readwrite b=readwrite
extern "C" __global__ void atomic_chosen(int* a, int* b) {
  atomicAdd((threadIdx.x & 1) ? a : b, 1);
}

//@ kernel atomic_in_shared: out=write data=read
extern "C" __global__ void atomic_in_shared(int* out, const int* data) {
  __shared__ int bins[16];
  if (threadIdx.x < 16) bins[threadIdx.x] = 0;
  __syncthreads();
  atomicAdd(&bins[data[threadIdx.x] & 15], 1);
  __syncthreads();
  if (threadIdx.x < 16) out[threadIdx.x] = bins[threadIdx.x];
}

//@ kernel pointer_exchanged: slot=readwrite x=escapes
extern "C" __global__ void pointer_exchanged(unsigned long long* slot, float* x) {
  atomicExch(slot, reinterpret_cast<unsigned long long>(x));
}

//@ kernel last_block: partial=readwrite out=write done=readwrite
extern "C" __global__ void last_block(float* partial, float* out, unsigned* done) {
  __shared__ bool last;
  partial[blockIdx.x] = static_cast<float>(blockIdx.x);
  __threadfence();
  if (threadIdx.x == 0) last = atomicInc(done, gridDim.x) == gridDim.x - 1;
  __syncthreads();
  if (last && threadIdx.x == 0) {
    float sum = 0;
    for (unsigned i = 0; i < gridDim.x; ++i) sum += partial[i];
    *out = sum;
  }
}

//@ kernel atomic_system: x=readwrite
extern "C" __global__ void atomic_system(int* x) {
  atomicAdd_system(x, 1);
  atomicAdd_block(x + 1, 1);
}
