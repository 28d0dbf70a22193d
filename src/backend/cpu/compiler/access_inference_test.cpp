// backend/cpu/compiler/access_inference_test.cpp: what is said of kernels whose use of memory
// shows.
#include "backend/cpu/compiler/access_inference.h"

#include <gtest/gtest.h>

#include <string>

#include "backend/cpu/kernel_fixture.h"

namespace sennit::cpu {
namespace {

KernelAccess access_of(const std::string& source, const std::string& name = "k") {
  const Image image = compile(request(source, {name}));
  EXPECT_EQ(image.access.size(), 1u);
  EXPECT_EQ(image.access[0].kernel, name);
  return image.access[0];
}

std::string use_of(bool reads, bool writes) {
  return reads ? writes ? "readwrite" : "read" : writes ? "write" : "unused";
}

// "read write value": one word a parameter, then the variables, then "untracked".
std::string summary(const KernelAccess& access) {
  std::string text;
  for (const ParameterUse& use : access.parameters) {
    if (!text.empty()) text += ' ';
    text += !use.is_pointer ? "value" : use.escapes ? "escapes" : use_of(use.reads, use.writes);
    if (use.reads_old_contents) text += "(old)";
  }
  for (const VariableUse& use : access.variables)
    text += " " + use.name + "=" + use_of(use.reads, use.writes);
  if (access.touches_untracked) text += " untracked";
  return text;
}

std::string summary(const std::string& source) { return summary(access_of(source)); }

// ---- Parameters --------------------------------------------------------------------------------

TEST(AccessInference, TellsReadsFromWrites) {
  EXPECT_EQ(summary(R"(__global__ void k(const float* in, float* out, float* sum, int n) {
              int i = blockIdx.x * blockDim.x + threadIdx.x;
              if (i >= n) return;
              out[i] = 2 * in[i];
              atomicAdd(sum, in[i]); })"),
            "read(old) write readwrite(old) value");
}

TEST(AccessInference, FollowsChosenAndMovedPointers) {
  EXPECT_EQ(summary(R"(__global__ void k(int* a, int* b, int* c, int n) {
              int* p = n > 3 ? a : b;
              for (int i = 0; i < n; ++i, p += 2) c[i] = *p; })"),
            "read(old) read(old) write value");
}

TEST(AccessInference, FollowsAddressesInIntegers) {
  EXPECT_EQ(summary(R"(__global__ void k(char* a, unsigned long long b, unsigned long long n) {
              auto at = reinterpret_cast<unsigned long long>(a);
              *reinterpret_cast<int*>((at + n + 15) & ~15ull) = 1;
              n = *reinterpret_cast<int*>(b + 4 * n); 
              a[n] = 2; })"),
            "write read(old) value");
}

TEST(AccessInference, LeavesNumbersAndUnusedPointersAlone) {
  EXPECT_EQ(
      summary(R"(__global__ void k(float* unused, float* out, unsigned long long n, double x) {
              if (n > 5) out[n] = n + x; })"),
      "value write value value");
}

TEST(AccessInference, SeesCopiesAndFills) {
  EXPECT_EQ(summary(R"(struct S { int x[40]; };
            __global__ void k(S* from, S* to, char* zero, int n) {
              to[threadIdx.x] = from[threadIdx.x];
              memset(zero, 0, n); })"),
            "read(old) write write value");
}

// ---- Memory of the kernel's own ----------------------------------------------------------------

TEST(AccessInference, FindsPointersKeptInLocalAndSharedArrays) {
  EXPECT_EQ(summary(R"(__global__ void k(int* a, int* b, int* c, int n) {
              int* local[2] = {a, b};
              __shared__ int* shared[32];
              shared[threadIdx.x] = c;
              __syncthreads();
              *shared[n] = *local[n & 1]; })"),
            "read read write value");
}

TEST(AccessInference, TellsMembersOfALocalStructApart) {
  EXPECT_EQ(summary(R"(struct Pair { const int* in; int* out; int n; };
            __device__ int depth(Pair* p, int n) {
              if (n > p->n) return n; p->n -= 1; return depth(p, n + 1) + 1; }
            __global__ void k(int* a, int* b, int n) {
              Pair pair{a, b, n};
              int m = depth(&pair, 0);
              pair.out[m] = pair.in[n]; })"),
            "read(old) write value");
}

TEST(AccessInference, DoesNotTakeSharedMemoryForTheCallers) {
  EXPECT_EQ(summary(R"(extern __shared__ float tile[];
            __global__ void k(const float* in, float* out) {
              tile[threadIdx.x] = in[threadIdx.x];
              __syncthreads();
              out[threadIdx.x] = tile[31 - threadIdx.x] + __shfl_down_sync(~0u, tile[0], 1); })"),
            "read(old) write");
}

// ---- Functions ---------------------------------------------------------------------------------

TEST(AccessInference, LooksIntoRecursiveFunctions) {
  EXPECT_EQ(summary(R"(
            __device__ int* walk(int* from, int* to, int n) {
              if (n == 0) return to;
              *to = from[n];
              return walk(from, to + 1, n - 1); }
            __global__ void k(int* a, int* b, int* c, int n) { c[0] = *walk(a, b, n); })"),
            "read(old) readwrite(old) write value");
}

TEST(AccessInference, LooksIntoFunctionsCalledThroughPointers) {
  EXPECT_EQ(summary(R"(
            __device__ void one(int* p, int n) { if (n) { one(p, n - 1); p[n] = 1; } }
            __device__ void two(int* p, int n) { if (n) { two(p, n - 1); p[n] = 2; } }
            __global__ void k(int* a, int n) { (n > 4 ? one : two)(a, n); })"),
            "write value");
}

TEST(AccessInference, TakesAPointerToAFunctionFromMemoryForAnyOfTheModule) {
  EXPECT_EQ(summary(R"(__device__ int counter;
            __device__ int add(int* p) { return counter += *p; }
            __device__ int (*function)(int*) = add;
            __global__ void k(int* a, int* b) { *b = function(a); })"),
            "read(old) write counter=readwrite function=read");
  EXPECT_EQ(summary("__global__ void k(int* a, void (*f)(int*)) { f(a); }"),
            "escapes(old) unused untracked");
}

TEST(AccessInference, KnowsWhatPrintfLooksAt) {
  EXPECT_EQ(summary(R"(__global__ void k(const char* a, const char* b) {
              printf("%s", a); printf("%p%d", b, 1); })"),
            "read(old) unused");
}

// ---- What cannot be followed -------------------------------------------------------------------

TEST(AccessInference, SaysThatStoredPointersEscape) {
  EXPECT_EQ(summary("__global__ void k(int* a, int** b) { b[threadIdx.x] = a; }"),
            "escapes(old) write");
}

TEST(AccessInference, SaysThatAPointerInAnEscapedStructEscapes) {
  EXPECT_EQ(summary(R"(__global__ void k(int* a, int*** b) {
              int** heap = static_cast<int**>(malloc(8)); heap[0] = a; b[0] = heap; })"),
            "escapes(old) write");
}

TEST(AccessInference, TrustsNoLocalWhoseAddressIsGivenAway) {
  EXPECT_EQ(summary(R"(__global__ void k(int*** out, int* before, int* behind, int n) {
              int* local[2];
              local[0] = before;
              *out = local;
              local[1] = behind;
              __threadfence();
              *local[n] = 1; })"),
            "write escapes(old) escapes(old) value untracked");
}

TEST(AccessInference, SaysThatComparedAddressesEscape) {
  EXPECT_EQ(summary(R"(__global__ void k(int* a, int* b, int* end, int* c) {
              if (c) *c = a < b;
              for (int* p = end - 4; p != end; ++p) *p = 0; })"),
            "escapes(old) escapes(old) write write");
}

TEST(AccessInference, SaysWhenPointersFromMemoryAreFollowed) {
  EXPECT_EQ(summary("__global__ void k(int** a, int n) { *a[n] = 1; }"),
            "read(old) value untracked");
  EXPECT_EQ(summary(R"(struct Arrays { float* x; float* y; };
            __global__ void k(Arrays arrays, float* z) { *arrays.y = *z; })"),
            "value read(old) untracked");
  EXPECT_EQ(summary("__global__ void k() { *reinterpret_cast<int*>(4096ull * threadIdx.x) = 1; }"),
            " untracked");
  // Members that are numbers are no addresses.
  EXPECT_EQ(summary(R"(struct Shape { long long rows, columns; };
            __global__ void k(Shape shape, float* x) { x[shape.rows * shape.columns] = 1; })"),
            "value write");
}

// ---- Variables ---------------------------------------------------------------------------------

TEST(AccessInference, ListsTheVariablesOfTheModuleThatAKernelTouches) {
  EXPECT_EQ(summary(R"(__device__ int total; __device__ float table[8]; __constant__ float factor;
            __device__ int untouched; __device__ const int squares[4] = {0, 1, 4, 9};
            __global__ void k(float* x, int n) {
              table[n] = *x * factor * squares[n]; atomicAdd(&total, 1); })"),
            "read(old) value factor=read table=write total=readwrite");
}

TEST(AccessInference, CountsVariablesWhoseAddressAnyKernelGivesAway) {
  const Image image = compile(request(R"(__device__ int hidden, kept; __device__ int* known = &kept;
      __global__ void give(int** x) { *x = &hidden; }
      __global__ void take(int** x) { **x = 1; })",
                                      {"give", "take"}));
  EXPECT_EQ(summary(image.access[0]), "write hidden=readwrite");
  EXPECT_EQ(summary(image.access[1]), "read(old) hidden=write kept=write untracked");
}

// ---- Old contents ------------------------------------------------------------------------------

TEST(OldContents, AreNotWantedBehindOwnWritesAndBarriers) {
  EXPECT_EQ(summary(R"(__global__ void k(volatile int* a, volatile int* b, int* c, int n) {
              if (n) a[0] = 1;
              c[0] = a[0];
              b[n] = 1;
              c[1] = b[n]; })"),
            "readwrite(old) readwrite write value");
  EXPECT_EQ(summary(R"(__global__ void k(volatile int* a, int* c) {
              __syncthreads();
              c[threadIdx.x] = a[0]; })"),
            "read write");
}

TEST(OldContents, AreFollowedIntoFunctions) {
  EXPECT_EQ(summary(R"(
            __device__ int sum(volatile int* p, int n) { return n ? *p + sum(p + 1, n - 1) : 0; }
            __global__ void k(volatile int* a, volatile int* b, int* c, int n) {
              b[0] = 1;
              c[0] = sum(a, n) + b[1]; })"),
            "read(old) readwrite write value");
}

// ---- Evidence ----------------------------------------------------------------------------------

TEST(AccessEvidence, NamesTheLineOfTheUsersSource) {
  CompileRequest wanted = request(
      "__device__ void put(float* p) {\n  *p = 1;\n}\n"
      "__global__ void k(float* a, float* b, float** c) {\n  put(a);\n  atomicAdd(b, 2.0f);\n"
      "  c[threadIdx.x] = b;\n}\n",
      {"k"});
  wanted.source_name = "kernel.cu";
  const KernelAccess access = compile(wanted).access.at(0);
  EXPECT_EQ(access.parameters[0].write.source, "kernel.cu:2");
  EXPECT_TRUE(has(access.parameters[0].write.instruction, "store float 1.0"));
  EXPECT_EQ(access.parameters[1].read.source, "kernel.cu:6");
  EXPECT_TRUE(has(access.parameters[1].write.instruction, "atomicrmw fadd"));
  EXPECT_EQ(access.parameters[1].escape.source, "kernel.cu:7");
  EXPECT_TRUE(access.parameters[0].read.instruction.empty());
}

}  // namespace
}  // namespace sennit::cpu
