// backend/cpu/run_times_test.cpp: what is known of a kernel, and what is guessed from it.
#include "backend/cpu/run_times.h"

#include <gtest/gtest.h>

namespace sennit::cpu {
namespace {

LaunchConfig config(std::uint32_t blocks, std::uint32_t threads = 128) {
  LaunchConfig config;
  config.grid = {blocks, 1, 1};
  config.block = {threads, 1, 1};
  return config;
}

TEST(RunTimes, KnowsNothingAtFirst) { EXPECT_EQ(RunTimes().work_us(config(1)), std::nullopt); }

TEST(RunTimes, RemembersAConfiguration) {
  RunTimes times;
  times.add(config(10), 50);
  times.add(config(20), 70);
  EXPECT_DOUBLE_EQ(*times.work_us(config(10)), 50);
  EXPECT_DOUBLE_EQ(*times.work_us(config(20)), 70);
}

TEST(RunTimes, ScalesByThreadsFromTheNearestSize) {
  RunTimes times;
  times.add(config(10), 50);
  times.add(config(1000), 2000);
  EXPECT_DOUBLE_EQ(*times.work_us(config(20)), 100);
  EXPECT_DOUBLE_EQ(*times.work_us(config(2000)), 4000);
  EXPECT_DOUBLE_EQ(*times.work_us(config(10, 256)), 100);
}

TEST(RunTimes, BelievesAnInterruptedRunLess) {
  RunTimes times;
  for (int i = 0; i < 20; ++i) times.add(config(10), 100);
  times.add(config(10), 1000);
  EXPECT_LT(*times.work_us(config(10)), 300);
  for (int i = 0; i < 5; ++i) times.add(config(10), 100);
  EXPECT_NEAR(*times.work_us(config(10)), 100, 10);
}

TEST(RunTimes, FollowsALastingChange) {
  RunTimes times;
  times.add(config(10), 100);
  for (int i = 0; i < 60; ++i) times.add(config(10), 400);
  EXPECT_NEAR(*times.work_us(config(10)), 400, 10);
}

TEST(RunTimes, ForgetsTheOldestConfigurationOfMany) {
  RunTimes times;
  for (std::uint32_t i = 1; i <= 100; ++i) times.add(config(i), i * 1000.0);
  EXPECT_DOUBLE_EQ(*times.work_us(config(100)), 100000);
  EXPECT_DOUBLE_EQ(*times.work_us(config(93)), 93000);
  times.add(config(1), 1);
  EXPECT_DOUBLE_EQ(*times.work_us(config(1)), 1);
}

}  // namespace
}  // namespace sennit::cpu
