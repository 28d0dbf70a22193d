// conformance/launches.cpp: geometry, parameters, shared memory, limits and durations of launches.
#include <numeric>

#include "conformance/conformance.h"
#include "conformance/kernels.h"

namespace sennit::conformance {
namespace {

class Launches : public Conformance {};
SENNIT_CONFORMANCE_SUITE(Launches);

TEST_P(Launches, EveryThreadOfEveryBlockRunsOnceAndKnowsItsPlace) {
  struct Shape {
    Dim3 grid, block;
  };
  for (const Shape& shape : {Shape{{1, 1, 1}, {1, 1, 1}}, Shape{{7, 1, 1}, {33, 1, 1}},
                             Shape{{3, 4, 5}, {5, 3, 2}}, Shape{{1, 1, 9}, {1, 7, 64}},
                             Shape{{2, 2, 1}, {1024, 1, 1}}, Shape{{300, 2, 1}, {4, 8, 1}}}) {
    const std::uint64_t threads = shape.grid.count() * shape.block.count();
    const Buffer<std::uint32_t> out(*this, threads * 7);
    const auto s = stream();
    run(*s, "number_threads", Arguments(out.data()), shape.grid, shape.block);
    finish(*s);
    const std::vector<std::uint32_t> result = out.read();
    const std::uint32_t* at = result.data();
    std::uint64_t wrong = 0;
    for (std::uint32_t bz = 0; bz < shape.grid.z; ++bz)
      for (std::uint32_t by = 0; by < shape.grid.y; ++by)
        for (std::uint32_t bx = 0; bx < shape.grid.x; ++bx)
          for (std::uint32_t tz = 0; tz < shape.block.z; ++tz)
            for (std::uint32_t ty = 0; ty < shape.block.y; ++ty)
              for (std::uint32_t tx = 0; tx < shape.block.x; ++tx, at += 7) {
                const std::uint32_t expected[] = {1, bx, by, bz, tx, ty, tz};
                wrong += std::memcmp(at, expected, sizeof expected) != 0 ? 1 : 0;
              }
    EXPECT_EQ(wrong, 0u) << "grid " << shape.grid.x << "x" << shape.grid.y << "x" << shape.grid.z
                         << " block " << shape.block.x << "x" << shape.block.y << "x"
                         << shape.block.z;
  }
}

TEST_P(Launches, LargeGridsRunWhole) {
  const Buffer<unsigned long long> total(*this, 1);
  const auto s = stream();
  run(*s, "count_threads", Arguments(total.data()), {100003, 1, 1}, {8, 1, 1});
  finish(*s);
  EXPECT_EQ(total.read().front(), 800024u);
}

TEST_P(Launches, ParametersOfAllTypesArrive) {
  const Buffer<Gathered> out(*this, 1);
  const auto s = stream();
  const Mixed mixed{'m', -2.5, {1, 2, 3}};
  const Wide wide{1, 2, 3, 4};
  const Arguments arguments(true, static_cast<signed char>(-5), static_cast<unsigned char>(200),
                            short{-3000}, static_cast<unsigned short>(60000), -7, 4000000000u,
                            -(1LL << 40), 1ULL << 41, 0.5f, -1e100, mixed, wide, 'z', out.data());
  run(*s, "gather", arguments);
  finish(*s);
  const double expected[16] = {1,      -5,  200,    -3000, 60000, -7,  4000000000.0, -0x1p40,
                               0x1p41, 0.5, -1e100, 'm',   -2.5,  321, 4321,         'z'};
  const Gathered result = out.read().front();
  for (int i = 0; i < 16; ++i) EXPECT_EQ(result.values[i], expected[i]) << "parameter " << i;
}

TEST_P(Launches, ParametersAreReadWhenTheLaunchIsQueued) {
  const Buffer<int> x(*this, 1);
  const auto s = stream();
  {
    Arguments arguments(x.data(), 42, 20000);
    run(*s, "store_late", arguments);
    std::fill(arguments.bytes.begin(), arguments.bytes.end(), std::byte{0xff});
    std::fill(arguments.offsets.begin(), arguments.offsets.end(), 0u);
  }
  finish(*s);
  EXPECT_EQ(x.read().front(), 42);
}

TEST_P(Launches, DynamicSharedMemoryIsThere) {
  constexpr std::uint32_t kThreads = 256;
  constexpr std::uint32_t kBlocks = 50;
  // The last is all that a block can have: on CUDA more than those get who do not opt in.
  const auto most = static_cast<std::uint32_t>(device().info().max_shared_bytes);
  for (const std::uint32_t shared_bytes :
       {std::uint32_t{kThreads * sizeof(int)}, std::uint32_t{2000}, most}) {
    std::vector<int> values(kThreads * kBlocks);
    std::iota(values.begin(), values.end(), 0);
    const Buffer<int> data(*this, values);
    const auto s = stream();
    s->enqueue(launch(function("reverse_dynamic"), Arguments(data.data()), {kBlocks, 1, 1},
                      {kThreads, 1, 1}, shared_bytes),
               0);
    finish(*s);
    for (auto block = values.begin(); block != values.end(); block += kThreads) {
      std::reverse(block, block + kThreads);
    }
    EXPECT_EQ(data.read(), values);
  }
}

TEST_P(Launches, StaticSharedMemoryAndBarriers) {
  constexpr std::size_t kBlocks = 64;
  std::vector<int> values(256 * kBlocks);
  std::iota(values.begin(), values.end(), -5000);
  const Buffer<int> in(*this, values);
  const Buffer<int> out(*this, kBlocks);
  const auto s = stream();
  run(*s, "sum_blocks", Arguments(static_cast<const int*>(in.data()), out.data()), {kBlocks, 1, 1},
      {256, 1, 1});
  finish(*s);
  const std::vector<int> sums = out.read();
  for (std::size_t block = 0; block < kBlocks; ++block) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(block * 256);
    EXPECT_EQ(sums[block], std::accumulate(begin, begin + 256, 0));
  }
}

TEST_P(Launches, CooperativeGridsMeetAtTheirBarrier) {
  constexpr std::uint32_t kBlocks = 32;
  const Buffer<int> before(*this, kBlocks), after(*this, kBlocks);
  const auto s = stream();
  const Arguments arguments(before.data(), after.data());
  LaunchCommand command = launch(function("rotate_blocks"), arguments, {kBlocks, 1, 1}, {64, 1, 1});
  command.config.cooperative = true;
  s->enqueue(command, 0);
  finish(*s);
  const std::vector<int> result = after.read();
  for (std::uint32_t block = 0; block < kBlocks; ++block) {
    EXPECT_EQ(result[block], static_cast<int>((block + 1) % kBlocks + 1));
  }
}

TEST_P(Launches, ImpossibleShapesAreRefusedAndNothingIsQueued) {
  const Buffer<int> data(*this, 4);
  const auto s = stream();
  const Arguments arguments(data.data(), 4);
  const auto code = [&](Dim3 grid, Dim3 block, std::uint32_t shared_bytes) {
    return code_of(
        [&] { s->enqueue(launch(function("add_one"), arguments, grid, block, shared_bytes), 0); });
  };
  EXPECT_EQ(code({1, 1, 1}, {1025, 1, 1}, 0), ErrorCode::InvalidArgument);
  EXPECT_EQ(code({1, 1, 1}, {32, 32, 2}, 0), ErrorCode::InvalidArgument);
  EXPECT_EQ(code({0, 1, 1}, {1, 1, 1}, 0), ErrorCode::InvalidArgument);
  EXPECT_EQ(code({1, 1, 1}, {1, 0, 1}, 0), ErrorCode::InvalidArgument);
  EXPECT_EQ(
      code({1, 1, 1}, {1, 1, 1}, static_cast<std::uint32_t>(device().info().max_shared_bytes) + 1),
      ErrorCode::InvalidArgument);
  finish(*s);
  EXPECT_EQ(data.read(), std::vector<int>(4, 0));
}

TEST_P(Launches, LaunchesTeachHowLongTheyTake) {
  const Buffer<int> x(*this, 1);
  const auto s = stream();
  Function& kernel = function("store_late");
  const LaunchConfig config;
  EXPECT_EQ(kernel.typical_us(config, 0), std::nullopt);
  run(*s, "store_late", Arguments(x.data(), 1, 1000000));
  finish(*s);
  const std::optional<double> typical_us = kernel.typical_us(config, 0);
  ASSERT_TRUE(typical_us);
  EXPECT_GT(*typical_us, 10);  // a million dependent multiplications
}

TEST_P(Launches, DevicesDescribeThemselves) {
  const DeviceInfo& info = device().info();
  EXPECT_FALSE(info.name.empty());
  EXPECT_EQ(info.kind, GetParam().backend);
  EXPECT_EQ(info.kind, backend().name());
  EXPECT_FALSE(info.architecture.empty());
  EXPECT_GE(info.max_threads_per_block, 1024u);
  EXPECT_GE(info.multiprocessors, 1u);
  EXPECT_GE(info.crossing_us, 0);
}

}  // namespace
}  // namespace sennit::conformance
