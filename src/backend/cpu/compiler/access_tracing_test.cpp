// backend/cpu/compiler/access_tracing_test.cpp: traced kernels tell all that they touch, and
// compute what they otherwise would.
#include "backend/cpu/compiler/access_tracing.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "backend/cpu/access_trace.h"
#include "backend/cpu/kernel_fixture.h"

namespace sennit::cpu {
namespace {

const CompileTuning kTraced{.trace_accesses = true};

// How often each byte was touched, by its use.
using Counts = std::map<std::pair<const void*, TracedUse>, int>;

void count(void* user, const void* address, std::uint64_t bytes, TracedUse use) {
  for (std::uint64_t i = 0; i < bytes; ++i)
    ++(*static_cast<Counts*>(user))[{static_cast<const char*>(address) + i, use}];
}

TEST(AccessTracing, TellsEveryAccessOfAnArrayAndItsUse) {
  TestKernel kernel(R"(__global__ void k(const int* in, int* out, int* sum) {
      __shared__ int tile[4];
      tile[threadIdx.x] = in[threadIdx.x];
      __syncthreads();
      if (threadIdx.x != 2) out[threadIdx.x] = tile[3 - threadIdx.x];
      atomicAdd(sum, 1); })",
                    "k", kTraced);
  const std::vector<int> in = {1, 2, 3, 4};
  std::vector<int> out(4);
  int sum = 0;
  Counts counts;
  {
    const ScopedAccessTracer tracer(count, &counts);
    kernel({.grid = {1}, .block = {4}}, in.data(), out.data(), &sum);
  }
  Counts expected;
  for (int i = 0; i < 16; ++i) {
    expected[{reinterpret_cast<const char*>(in.data()) + i, TracedUse::Read}] = 1;
    if (i / 4 != 2) expected[{reinterpret_cast<char*>(out.data()) + i, TracedUse::Write}] = 1;
  }
  for (int i = 0; i < 4; ++i)
    expected[{reinterpret_cast<char*>(&sum) + i, TracedUse::ReadWrite}] = 4;
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(out, (std::vector<int>{4, 3, 0, 1}));
  EXPECT_EQ(sum, 4);
}

TEST(AccessTracing, TellsCopiesByTheirLengthAndLooksIntoFunctions) {
  TestKernel kernel(R"(
      __device__ void fill(char* p, int n) { if (n) { p[n - 1] = 'x'; fill(p, n - 1); } }
      __global__ void k(char* to, const char* from, int n) {
        memcpy(to, from, n);
        fill(to + n, n); })",
                    "k", kTraced);
  const std::vector<char> from = {'a', 'b', 'c'};
  std::vector<char> to(8, '-');
  Counts counts;
  {
    const ScopedAccessTracer tracer(count, &counts);
    kernel({}, to.data(), from.data(), 3);
  }
  Counts expected;
  for (std::size_t i = 0; i < 6; ++i) expected[{&to[i], TracedUse::Write}] = 1;
  for (std::size_t i = 0; i < 3; ++i) expected[{&from[i], TracedUse::Read}] = 1;
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(std::string(to.begin(), to.end()), "abcxxx--");
}

TEST(AccessTracing, IsNotDoneUnlessAskedFor) {
  TestKernel kernel("__global__ void k(int* x) { *x = 1; }", "k");
  int x = 0;
  Counts counts;
  {
    const ScopedAccessTracer tracer(count, &counts);
    kernel({}, &x);
  }
  EXPECT_TRUE(counts.empty());
  EXPECT_EQ(x, 1);
}

}  // namespace
}  // namespace sennit::cpu
