// corpus/globals.cu: variables of the module.

__device__ int counter;
__device__ float weights[64];
__device__ float results[64];
__constant__ float coefficients[16];
__constant__ int limit;
__device__ float* table[4];
__device__ int* counter_address = &counter;
struct Settings {
  int rounds;
  float scale;
};
__device__ Settings settings;
__managed__ int shared_with_host;

//@ kernel variable_counted: out=write globals counter=readwrite
extern "C" __global__ void variable_counted(int* out) { out[threadIdx.x] = atomicAdd(&counter, 1); }

//@ kernel variable_read: out=write globals weights=read
extern "C" __global__ void variable_read(float* out) { out[threadIdx.x] = weights[threadIdx.x]; }

//@ kernel variable_written: in=read globals results=write
extern "C" __global__ void variable_written(const float* in) { results[threadIdx.x] = in[threadIdx.x]; }

//@ kernel variables_both: globals results=write weights=read
extern "C" __global__ void variables_both() { results[threadIdx.x] = weights[63 - threadIdx.x]; }

//@ kernel constants_read: x=readwrite globals coefficients=read limit=read
extern "C" __global__ void constants_read(float* x) {
  if (static_cast<int>(threadIdx.x) < limit) x[threadIdx.x] *= coefficients[threadIdx.x & 15];
}

//@ kernel variable_or_parameter: x=read out=write which=value globals weights=read
extern "C" __global__ void variable_or_parameter(const float* x, float* out, int which) {
  const float* p = which ? x : weights;
  out[threadIdx.x] = p[threadIdx.x];
}

//@ kernel variable_member: out=write globals settings=read
extern "C" __global__ void variable_member(float* out) {
  out[threadIdx.x] = settings.scale * settings.rounds;
}

//@ kernel through_table: which=value globals table=read touches-untracked
extern "C" __global__ void through_table(int which) { table[which & 3][threadIdx.x] = 1.0f; }

//@ kernel into_table: x=escapes which=value globals table=write
extern "C" __global__ void into_table(float* x, int which) { table[which & 3] = x; }

//@ kernel through_address: globals counter_address=read counter=readwrite touches-untracked
extern "C" __global__ void through_address() { *counter_address += 1; }

//@ kernel managed: out=write globals shared_with_host=readwrite
extern "C" __global__ void managed(int* out) {
  out[0] = shared_with_host;
  shared_with_host = 3;
}

__noinline__ __device__ int next_number() { return atomicAdd(&counter, 1); }

//@ kernel variable_in_function: out=write globals counter=readwrite
extern "C" __global__ void variable_in_function(int* out) { out[threadIdx.x] = next_number(); }

__noinline__ __device__ void store_at(float* where, float v) { where[threadIdx.x] = v; }

//@ kernel variable_as_argument: x=write globals results=write
extern "C" __global__ void variable_as_argument(float* x) {
  store_at(x, 1.0f);
  store_at(results, 2.0f);
}

//@ kernel untouched_variables: x=write
extern "C" __global__ void untouched_variables(int* x) { x[threadIdx.x] = 1; }
