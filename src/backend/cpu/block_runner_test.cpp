// backend/cpu/block_runner_test.cpp: barriers, warps and failures, whichever way a block is driven.
#include "backend/cpu/block_runner.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

#include "backend/cpu/kernel_fixture.h"

namespace sennit::cpu {
namespace {

class BlockRunnerTest : public testing::TestWithParam<Variant> {
 protected:
  TestKernel kernel(const std::string& source, const std::string& name = "k") {
    return TestKernel(source, name, GetParam().tuning, GetParam().mode);
  }
};

INSTANTIATE_TEST_SUITE_P(Variants, BlockRunnerTest, testing::ValuesIn(variants()), name_of_variant);

LaunchConfig config(Dim3 grid, Dim3 block, std::uint32_t shared_bytes = 0) {
  return {.grid = grid, .block = block, .shared_bytes = shared_bytes};
}

std::vector<int> numbers(int count) {
  std::vector<int> values(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = i * 7 % 13;
  return values;
}

TEST_P(BlockRunnerTest, RunsEveryThreadOfEveryBlockOnce) {
  auto count = kernel(R"(__global__ void k(int* seen, int width) {
    int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
    int z = blockIdx.z * blockDim.z + threadIdx.z;
    if (x < width) seen[(z * gridDim.y * blockDim.y + y) * width + x] += 1 + x + 10 * y + 100 * z;
  })");
  const int width = 37, height = 6, depth = 4;
  std::vector<int> seen(width * height * depth);
  count(config({5, 3, 2}, {8, 2, 2}), seen.data(), width);
  for (int i = 0; i < width * height * depth; ++i)
    ASSERT_EQ(seen[static_cast<std::size_t>(i)],
              1 + i % width + 10 * (i / width % height) + 100 * (i / width / height));
}

TEST_P(BlockRunnerTest, ReducesInStaticAndDynamicSharedMemory) {
  auto sum = kernel(R"(template <int N> __global__ void k(const int* in, int* out) {
    __shared__ int fixed[N];
    extern __shared__ int dynamic[];
    int t = threadIdx.x;
    fixed[t] = dynamic[t] = in[blockIdx.x * N + t];
    __syncthreads();
    for (int o = N / 2; o > 0; o >>= 1) {
      if (t < o) { fixed[t] += fixed[t + o]; dynamic[t] += dynamic[t + o]; }
      __syncthreads();
    }
    if (t == 0) { atomicAdd(out, fixed[0]); atomicAdd(out + 1, dynamic[0]); }
  })",
                    "k<128>");
  const auto in = numbers(512);
  std::vector<int> out(2);
  sum(config({4}, {128}, 512), in.data(), out.data());
  const int expected = std::accumulate(in.begin(), in.end(), 0);
  EXPECT_EQ(out, (std::vector<int>{expected, expected}));
}

TEST_P(BlockRunnerTest, ThreadsThatReturnedEarlyAreNotWaitedFor) {
  auto reverse = kernel(R"(__global__ void k(const int* in, int* out, int n) {
    __shared__ int s[64];
    int i = blockIdx.x * 64 + threadIdx.x;
    if (i >= n) return;
    s[threadIdx.x] = in[i];
    __syncthreads();
    int m = n - (int)blockIdx.x * 64;
    out[i] = s[(m < 64 ? m : 64) - 1 - threadIdx.x];
  })");
  const auto in = numbers(100);
  std::vector<int> out(100);
  reverse(config({2}, {64}), in.data(), out.data(), 100);
  for (std::size_t i = 0; i < 100; ++i)
    ASSERT_EQ(out[i], i < 64 ? in[63 - i] : in[64 + 35 - (i - 64)]) << i;
}

// As the hardware does: any __syncthreads of the block counts as arrival.
TEST_P(BlockRunnerTest, BarriersOnBothSidesOfABranchMeet) {
  auto both = kernel(R"(__global__ void k(int* out) {
    __shared__ int s[48];
    int t = threadIdx.x;
    s[t] = t;
    if (t & 1) { __syncthreads(); out[t] = s[(t + 1) % 48]; return; }
    __syncthreads();
    out[t] = -s[(t + 1) % 48];
  })");
  std::vector<int> out(48);
  both(config({1}, {48}), out.data());
  for (int t = 0; t < 48; ++t)
    ASSERT_EQ(out[static_cast<std::size_t>(t)], (t & 1 ? 1 : -1) * ((t + 1) % 48));
}

TEST_P(BlockRunnerTest, ALoopMayEndByWhatItsBarrierMadeVisible) {
  auto loop = kernel(R"(__global__ void k(int* out) {
    __shared__ int s[64];
    int t = threadIdx.x, i = 0;
    s[t] = 0;
    __syncthreads();
    do { if (t == i) s[i] += 5; __syncthreads(); i++; } while (s[i - 1] == 5 && i < 40);
    out[t] = i + s[t];
  })");
  std::vector<int> out(64);
  loop(config({1}, {64}), out.data());
  for (int t = 0; t < 64; ++t) ASSERT_EQ(out[static_cast<std::size_t>(t)], 40 + (t < 40 ? 5 : 0));
}

TEST_P(BlockRunnerTest, LocalArraysAndStructsLiveAcrossBarriers) {
  auto local = kernel(R"(struct Pair { int a[5]; double b; };
  __global__ void k(const int* in, int* out, Pair p) {
    __shared__ int s[32];
    int mine[8], t = threadIdx.x;
    for (int k = 0; k < 8; k++) mine[k] = in[t] + k + p.a[k % 5];
    s[t] = mine[in[t] & 7];
    __syncthreads();
    out[t] = mine[s[(t + 1) % 32] & 7] + (int)p.b;
  })");
  struct Pair {
    int a[5];
    double b;
  } pair{{1, 2, 3, 4, 5}, 100.0};
  const auto in = numbers(32);
  std::vector<int> out(32);
  local(config({1}, {32}), in.data(), out.data(), pair);
  const auto mine = [&](std::size_t t, int k) { return in[t] + k + pair.a[k % 5]; };
  for (std::size_t t = 0; t < 32; ++t) {
    const std::size_t next = (t + 1) % 32;
    ASSERT_EQ(out[t], mine(t, mine(next, in[next] & 7) & 7) + 100) << t;
  }
}

TEST_P(BlockRunnerTest, ShufflesWorkInBlocksOfAnyShape) {
  auto sum = kernel(R"(__global__ void k(const int* in, int* out) {
    __shared__ int s[1024];
    int t = threadIdx.y * blockDim.x + threadIdx.x, n = blockDim.x * blockDim.y;
    int v = in[t];
    for (int o = 16; o > 0; o >>= 1) {
      int w = __shfl_down_sync(~0u, v, o);
      if ((t & 31) + o < 32 && t + o < n) v += w;
    }
    s[t] = v;
    __syncthreads();
    int a = 0;
    for (int k = 0; k < n; k += 32) a += s[k];
    out[t] = a;
  })");
  for (const std::uint32_t width : {1u, 3u, 8u, 31u, 32u, 33u, 48u, 100u}) {
    for (const std::uint32_t height : {1u, 2u, 5u, 9u}) {
      const auto in = numbers(static_cast<int>(width * height));
      std::vector<int> out(in.size());
      sum(config({1}, {width, height}), in.data(), out.data());
      ASSERT_EQ(out, std::vector<int>(in.size(), std::accumulate(in.begin(), in.end(), 0)))
          << width << " x " << height;
    }
  }
}

TEST_P(BlockRunnerTest, MasksNameTheLanesThatExchange) {
  auto divergent = kernel(R"(__global__ void k(int* out) {
    int l = threadIdx.x, v = l;
    if (l < 16) {
      v += __shfl_xor_sync(0x0000ffffu, v, 1);
      __syncwarp(0xffff);
    } else {
      v *= 2;
      v = __shfl_sync(0xffff0000u, v, 20);
    }
    v += __shfl_sync(~0u, v, 0);
    out[l] = v;
  })");
  std::vector<int> out(32);
  divergent(config({1}, {32}), out.data());
  for (int l = 0; l < 32; ++l)
    ASSERT_EQ(out[static_cast<std::size_t>(l)], (l < 16 ? l + (l ^ 1) : 40) + 1) << l;
}

TEST_P(BlockRunnerTest, MasksThatDependOnTheThread) {
  auto halves = kernel(R"(__global__ void k(int* out) {
    int l = threadIdx.x & 31;
    unsigned mask = l < 8 ? 0xffu : l < 24 ? 0x00ffff00u : 0xff000000u;
    out[threadIdx.x] = __ballot_sync(mask, l & 1);
  })");
  std::vector<unsigned> out(64);
  halves(config({1}, {64}), out.data());
  for (unsigned t = 0; t < 64; ++t) {
    const unsigned l = t & 31;
    ASSERT_EQ(out[t], 0xaaaaaaaau & (l < 8 ? 0xffu : l < 24 ? 0x00ffff00u : 0xff000000u)) << t;
  }
}

// Lanes come to the barrier in different turns of the loop: what is "uniform" there is not.
TEST_P(BlockRunnerTest, LanesThatWaitInDifferentTurnsOfALoopKeepTheirOwnCounter) {
  auto skewed = kernel(R"(__global__ void k(const int* turn, int* out) {
    int l = threadIdx.x;
    for (int i = 0; i < 32; i++)
      if (turn[i] == l) { __syncwarp(1u << l); out[l] = i * i; }
  })");
  std::vector<int> turn(32), out(32);
  for (int i = 0; i < 32; ++i) turn[static_cast<std::size_t>(i)] = i * 5 % 32;
  skewed(config({1}, {32}), turn.data(), out.data());
  for (int i = 0; i < 32; ++i) ASSERT_EQ(out[static_cast<std::size_t>(i * 5 % 32)], i * i);
}

TEST_P(BlockRunnerTest, ActiveMaskNamesTheLanesThatAreThere) {
  auto active = kernel(R"(__global__ void k(unsigned* out) {
    unsigned l = threadIdx.x & 31;
    if (l < 5) out[threadIdx.x] = __activemask();
    else if (l & 1) out[threadIdx.x] = __activemask();
    else { __syncwarp(0x55555540u); out[threadIdx.x] = __activemask(); }
  })");
  std::vector<unsigned> out(64);
  active(config({1}, {64}), out.data());
  for (unsigned t = 0; t < 64; ++t) {
    const unsigned l = t & 31;
    ASSERT_EQ(out[t], l < 5 ? 0x1fu : l & 1 ? 0xaaaaaaa0u : 0x55555540u) << t;
  }
}

TEST_P(BlockRunnerTest, ActiveMaskOfAWholeBlockNamesTheLanesThatExist) {
  auto active = kernel("__global__ void k(unsigned* out) { out[threadIdx.x] = __activemask(); }");
  std::vector<unsigned> out(40);
  active(config({1}, {40}), out.data());
  for (std::size_t t = 0; t < 40; ++t) ASSERT_EQ(out[t], t < 32 ? ~0u : 0xffu);
}

TEST_P(BlockRunnerTest, GridSyncWaitsForAllBlocks) {
  auto phases = kernel(R"(#include <cooperative_groups.h>
  __global__ void k(int* a, int* b, int n) {
    auto grid = cooperative_groups::this_grid();
    __shared__ int kept;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (threadIdx.x == 0) kept = blockIdx.x;
    for (int turn = 0; turn < 3; turn++) {
      a[i] = b[(i + 1) % n] + 1;
      grid.sync();
      b[i] = a[(i + n / 2) % n] + kept;
      grid.sync();
    }
  })");
  EXPECT_TRUE(phases.info().uses_grid_sync);
  const int n = 4 * 64;
  auto a = numbers(n), b = a;
  auto expected_a = a, expected_b = a;
  for (int turn = 0; turn < 3; ++turn) {
    for (int i = 0; i < n; ++i)
      expected_a[static_cast<std::size_t>(i)] =
          expected_b[static_cast<std::size_t>((i + 1) % n)] + 1;
    for (int i = 0; i < n; ++i)
      expected_b[static_cast<std::size_t>(i)] =
          expected_a[static_cast<std::size_t>((i + n / 2) % n)] + i / 64;
  }
  LaunchConfig cooperative = config({4}, {64});
  cooperative.cooperative = true;
  phases(cooperative, a.data(), b.data(), n);
  EXPECT_EQ(a, expected_a);
  EXPECT_EQ(b, expected_b);
  EXPECT_TRUE(has(message_of(ErrorCode::InvalidArgument,
                             [&] { phases(config({4}, {64}), a.data(), b.data(), n); }),
                  "launch it as a cooperative grid"));
}

TEST_P(BlockRunnerTest, BlocksThatSkipAGridSyncFail) {
  auto uneven = kernel(R"(#include <cooperative_groups.h>
  __global__ void k() { if (blockIdx.x != 1) cooperative_groups::this_grid().sync(); })");
  LaunchConfig cooperative = config({3}, {32});
  cooperative.cooperative = true;
  EXPECT_TRUE(has(message_of(ErrorCode::KernelFailed, [&] { uneven(cooperative); }),
                  "kernel 'k': 1 of 3 blocks have ended while the others wait at grid.sync()"));
}

TEST_P(BlockRunnerTest, AFailedAssertionNamesKernelLineBlockAndThread) {
  auto check = kernel(R"(#include <assert.h>
__global__ void k(const int* in, int* out) {
  __shared__ int s[64];
  int t = threadIdx.y * 8 + threadIdx.x;
  s[t] = in[blockIdx.x * 64 + t];
  __syncthreads();
  assert(s[t] < 12);
  out[blockIdx.x * 64 + t] = s[(t + 1) % 64];
})");
  std::vector<int> in(192), out(192);
  check(config({3}, {8, 8}), in.data(), out.data());
  in[64 + 21] = 12;
  const std::string message = message_of(
      ErrorCode::KernelFailed, [&] { check(config({3}, {8, 8}), in.data(), out.data()); });
  EXPECT_TRUE(has(message, "kernel 'k': "));
  EXPECT_TRUE(has(message, "s[t] < 12"));
  EXPECT_TRUE(has(message, "kernel.cu:7, block (1, 0, 0), thread (5, 2, 0)"));
}

TEST_P(BlockRunnerTest, ATrapInOneLaneFailsItsBlock) {
  auto trap = kernel(R"(__global__ void k(int* out) {
    if (threadIdx.x == 3 && blockIdx.y == 2) __trap();
    __syncthreads();
    out[blockIdx.y] = 1;
  })");
  std::vector<int> out(4);
  const std::string message =
      message_of(ErrorCode::KernelFailed, [&] { trap(config({1, 4}, {16}), out.data()); });
  EXPECT_TRUE(has(message, "__trap() was called, block (0, 2, 0), thread (3, 0, 0)"));
  EXPECT_EQ(out, (std::vector<int>{1, 1, 0, 0}));
  out.assign(4, 0);
  trap(config({1, 2}, {16}), out.data());  // the runner can go on
  EXPECT_EQ(out, (std::vector<int>{1, 1, 0, 0}));
}

TEST_P(BlockRunnerTest, WarpBarriersThatCannotMeetFail) {
  auto mismatch = kernel(R"(__global__ void k(int* out) {
    if (threadIdx.x < 7) __syncwarp();
    else __syncthreads();
    out[threadIdx.x] = 1;
  })");
  std::vector<int> out(32);
  const std::string message =
      message_of(ErrorCode::KernelFailed, [&] { mismatch(config({1}, {32}), out.data()); });
  EXPECT_TRUE(has(message, "kernel 'k', block (0, 0, 0), thread (0, 0, 0): waits at a __syncwarp"));
  EXPECT_TRUE(has(message, "mask 0xffffffff"));
  EXPECT_EQ(out, std::vector<int>(32));
}

TEST(BlockRunner, RefusesLaunchesThatCannotWork) {
  TestKernel kernel("__global__ void __launch_bounds__(64) k() {}", "k");
  EXPECT_TRUE(has(message_of(ErrorCode::InvalidArgument, [&] { kernel(config({1}, {1025})); }),
                  "blocks of 1025 threads"));
  EXPECT_TRUE(has(message_of(ErrorCode::InvalidArgument, [&] { kernel(config({1, 0}, {1})); }),
                  "empty grid or block"));
  EXPECT_NO_THROW(kernel(config({1}, {64})));
}

}  // namespace
}  // namespace sennit::cpu
