// kernel/launch_config_test.cpp: limits of launches, and what is said beyond them.

#include "kernel/launch_config.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sennit {
namespace {

DeviceInfo device() {
  DeviceInfo info;
  info.name = "GPU";
  return info;
}
FunctionInfo function() {
  FunctionInfo info;
  info.name = "k";
  info.max_threads_per_block = 256;
  info.static_shared_bytes = 40000;
  return info;
}

template <typename Check>
std::string message(Check check) {
  try {
    check();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
  return "accepted";
}
std::string message(const LaunchConfig& config) {
  return message([&] { check_launch_config(config, device(), function()); });
}

TEST(LaunchConfig, TakesWhatTheDeviceAndTheKernelTake) {
  EXPECT_EQ(message(LaunchConfig{{1, 1, 1}, {1, 1, 1}, 0, false}), "accepted");
  EXPECT_EQ(message(LaunchConfig{{2147483647, 65535, 65535}, {4, 1, 64}, 9152, true}), "accepted");
}

TEST(LaunchConfig, SaysWhichExtentIsBeyondWhichLimit) {
  EXPECT_EQ(message(LaunchConfig{{1, 70000, 1}, {1, 1, 1}, 0, false}),
            "launch 'k': grid.y is 70000; GPU takes 1 to 65535");
  EXPECT_EQ(message(LaunchConfig{{0, 1, 1}, {1, 1, 1}, 0, false}),
            "launch 'k': grid.x is 0; GPU takes 1 to 2147483647");
  EXPECT_EQ(message(LaunchConfig{{1, 1, 1}, {1, 1, 65}, 0, false}),
            "launch 'k': block.z is 65; GPU takes 1 to 64");
}

TEST(LaunchConfig, CountsThreads) {
  EXPECT_EQ(message(LaunchConfig{{1, 1, 1}, {1024, 1024, 64}, 0, false}),
            "launch 'k': a block of (1024, 1024, 64) has 67108864 threads; GPU takes 1024");
  EXPECT_EQ(message(LaunchConfig{{1, 1, 1}, {32, 16, 1}, 0, false}),
            "launch 'k': a block of (32, 16, 1) has 512 threads; the kernel takes 256");
}

TEST(LaunchConfig, CountsStaticAndDynamicSharedMemory) {
  EXPECT_EQ(message(LaunchConfig{{1, 1, 1}, {1, 1, 1}, 49153, false}),
            "launch 'k': 49153 bytes of shared memory are asked for; a block on GPU has 49152");
  EXPECT_EQ(message(LaunchConfig{{1, 1, 1}, {1, 1, 1}, 9153, false}),
            "launch 'k': 9153 bytes of dynamic and 40000 of static shared memory are 49153; a "
            "block on GPU has 49152");
}

TEST(LaunchConfig, TakesClustersThatDivideTheGrid) {
  DeviceInfo hopper = device();
  hopper.max_cluster = {16, 16, 16};
  const auto with = [&](Dim3 grid, Dim3 cluster) {
    return message([&] { check_launch_config({grid, {}, 0, false, cluster}, hopper, "k"); });
  };
  EXPECT_EQ(with({4, 6, 1}, {2, 3, 1}), "accepted");
  EXPECT_EQ(with({16, 1, 1}, {16, 1, 1}), "accepted");
  EXPECT_EQ(with({4, 6, 1}, {2, 4, 1}),
            "launch 'k': a grid of (4, 6, 1) is no whole number of clusters of (2, 4, 1)");
  EXPECT_EQ(with({8, 4, 1}, {8, 4, 1}),
            "launch 'k': a cluster of (8, 4, 1) has 32 blocks; GPU takes 16");
  EXPECT_EQ(with({17, 1, 1}, {17, 1, 1}), "launch 'k': cluster.x is 17; GPU takes 1 to 16");
  EXPECT_EQ(with({4, 1, 1}, {0, 1, 1}), "launch 'k': cluster.x is 0; GPU takes 1 to 16");
}

TEST(LaunchConfig, RefusesClustersWhereThereAreNone) {
  try {
    check_launch_config({{4, 1, 1}, {}, 0, false, {2, 1, 1}}, device(), "k");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unsupported);
    EXPECT_NE(error.message().find("GPU () has no clusters of blocks"), std::string::npos);
  }
}

TEST(LaunchConfig, MakesDimensionsOfOneToThreeExtents) {
  const auto dim = [](std::vector<std::int64_t> extents) { return to_dim3("grid", extents); };
  EXPECT_EQ(dim({7}), (Dim3{7, 1, 1}));
  EXPECT_EQ(dim({7, 8, 9}), (Dim3{7, 8, 9}));
  EXPECT_EQ(message([&] { dim({}); }), "a grid has 1 to 3 extents, not 0");
  EXPECT_EQ(message([&] { dim({1, 2, 3, 4}); }), "a grid has 1 to 3 extents, not 4");
  EXPECT_EQ(message([&] { dim({1, -2}); }),
            "grid.y is -2; it is at least 1 and at most 4294967295");
  EXPECT_NE(message([&] { dim({4294967296}); }), "accepted");
}

}  // namespace
}  // namespace sennit
