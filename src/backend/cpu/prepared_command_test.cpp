// backend/cpu/prepared_command_test.cpp: parameters are copied whole; launches are shared well.
#include "backend/cpu/prepared_command.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace sennit::cpu {
namespace {

struct Parameters {
  std::vector<std::byte> bytes;
  std::vector<std::uint32_t> offsets;
};

// `count` parameters of 8 bytes, the i-th with the value `first` + i.
Parameters numbers(std::size_t count, std::uint64_t first) {
  Parameters parameters;
  parameters.bytes.resize(count * 8);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = first + i;
    std::memcpy(parameters.bytes.data() + i * 8, &value, 8);
    parameters.offsets.push_back(static_cast<std::uint32_t>(i * 8));
  }
  return parameters;
}

std::uint64_t value_at(const void* address) {
  std::uint64_t value = 0;
  std::memcpy(&value, address, 8);
  return value;
}

TEST(ParameterStore, KeepsCopiesOfAnyNumberOfParameters) {
  ParameterStore store;
  // Small after large too: the memory is used again.
  for (const std::size_t count : {1u, 0u, 20u, 500u, 4000u, 3u, 500u}) {
    Parameters parameters = numbers(count, count * 100);
    store.assign(parameters.bytes, parameters.offsets);
    std::fill(parameters.bytes.begin(), parameters.bytes.end(), std::byte{0xff});
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(value_at(store.addresses()[i]), count * 100 + i);
    }
  }
}

TEST(ParameterStore, KeepsTheAlignmentThatTheOffsetsAssume) {
  ParameterStore store;
  const std::vector<std::byte> bytes(256);
  const std::vector<std::uint32_t> offsets{0, 64, 128};
  store.assign(bytes, offsets);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(store.addresses()[0]) % 128, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(store.addresses()[2]) % 128, 0u);
}

TEST(ParameterStore, CopiesPointIntoThemselves) {
  for (const std::size_t count : {3u, 500u}) {
    ParameterStore original, copy;
    const Parameters parameters = numbers(count, 7);
    original.assign(parameters.bytes, parameters.offsets);
    copy.assign(original);
    const Parameters others = numbers(count, 1000);
    original.assign(others.bytes, others.offsets);
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(value_at(copy.addresses()[i]), 7 + i);
  }
}

class SplitOfLaunch : public ::testing::Test {
 protected:
  PreparedCommand::Split split(std::uint32_t blocks, unsigned workers) {
    LaunchCommand launch;
    launch.function = &function_;
    launch.config.grid = {blocks, 1, 1};
    PreparedCommand command;
    command.assign(launch, 0);
    return command.start(workers, failures_);
  }
  void teach(std::uint32_t blocks, double work_us) {
    LaunchConfig config;
    config.grid = {blocks, 1, 1};
    function_.run_times().add(config, work_us);
  }

 private:
  FailureLog failures_;
  CpuFunction function_{FunctionInfo{}, [](const KernelLaunch&, std::uint64_t, std::uint64_t) {},
                        4};
};

TEST_F(SplitOfLaunch, UnknownKernelsAreShared) {
  EXPECT_EQ(split(6400, 4).units, 6400u);
  EXPECT_EQ(split(6400, 4).chunk, 100u);
  EXPECT_EQ(split(3, 4).chunk, 1u);
}

TEST_F(SplitOfLaunch, ShortLaunchesRunWholeOnOneWorker) {
  teach(64, kSharedWorkUs / 2);
  EXPECT_GE(split(64, 4).chunk, 64u);
  EXPECT_LT(split(640, 4).chunk, 640u);
}

TEST_F(SplitOfLaunch, OneWorkerSharesWithNobody) { EXPECT_GE(split(6400, 1).chunk, 6400u); }

TEST_F(SplitOfLaunch, HugeGridsAreTakenInChunksOfLimitedSize) {
  EXPECT_EQ(split(100'000'000, 4).chunk, 4096u);
}

TEST_F(SplitOfLaunch, BlocksThatTakeNextToNothingAreTakenManyAtATime) {
  teach(1000, 25);
  EXPECT_EQ(split(1000, 4).chunk, 80u);  // 2 us of them
  teach(100, 21);
  EXPECT_EQ(split(100, 64).chunk, 2u);  // but no worker is left without
}

}  // namespace
}  // namespace sennit::cpu
