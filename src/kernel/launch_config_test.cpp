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
