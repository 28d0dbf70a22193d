// backend/virtual/clock_test.cpp: where work finds its place in virtual time.
#include "backend/virtual/clock.h"

#include <gtest/gtest.h>

#include <random>

namespace sennit {
namespace {

TEST(VirtualEngine, ServesOnePieceAtATime) {
  VirtualEngine engine;
  EXPECT_EQ(engine.earliest(5, 10), 5);
  engine.reserve(5, 10);
  EXPECT_EQ(engine.earliest(7, 1), 15);
  EXPECT_EQ(engine.earliest(0, 5), 0);  // the gap in front fits exactly
  EXPECT_EQ(engine.earliest(0, 6), 15);
}

//  busy   [0,10)      [12,20)    [21,30)
TEST(VirtualEngine, FillsTheFirstGapThatIsLongEnough) {
  VirtualEngine engine;
  engine.reserve(0, 10);
  engine.reserve(12, 8);
  engine.reserve(21, 9);
  EXPECT_EQ(engine.earliest(0, 2), 10);
  EXPECT_EQ(engine.earliest(0, 3), 30);
  EXPECT_EQ(engine.earliest(11, 1), 11);
  EXPECT_EQ(engine.earliest(11.5, 1), 20);
}

TEST(VirtualEngine, PiecesNeverOverlap) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    VirtualEngine engine;
    std::vector<std::pair<double, double>> pieces;
    for (int i = 0; i < 60; ++i) {
      const auto ready = static_cast<double>(random() % 50);
      const auto duration = static_cast<double>(random() % 4 + 1);
      const double start = engine.earliest(ready, duration);
      ASSERT_GE(start, ready);
      engine.reserve(start, duration);
      for (const auto& [begin, end] : pieces) {
        ASSERT_TRUE(start + duration <= begin || end <= start) << "seed " << seed;
      }
      pieces.emplace_back(start, start + duration);
    }
  }
}

TEST(VirtualEngine, AfterManyPiecesTheOldestGapsAreClosed) {
  VirtualEngine engine;
  for (int i = 0; i < 3000; ++i) engine.reserve(2 * i, 1);
  EXPECT_GT(engine.earliest(0, 1), 3000);  // of 3000 gaps the last 1024 are still open
  EXPECT_EQ(engine.earliest(5000, 1), 5001);
}

TEST(VirtualClock, RunsAnyNumberOfKernelsAtOnceUnlessLimited) {
  VirtualMachine machine;
  VirtualClock unlimited(machine);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(unlimited.launch(0, 1, 10).end_us, 11);

  machine.concurrent_kernels = 2;
  VirtualClock limited(machine);
  EXPECT_EQ(limited.launch(0, 0, 10).start_us, 0);
  EXPECT_EQ(limited.launch(0, 0, 6).start_us, 0);
  EXPECT_EQ(limited.launch(0, 0, 1).start_us, 6);
  EXPECT_EQ(limited.launch(0, 0, 1).start_us, 7);
  EXPECT_EQ(limited.makespan_us(), 10);
}

class CopyClock : public ::testing::Test {
 protected:
  static constexpr int kHost = CopyCommand::kHost;
  static VirtualMachine machine() {
    VirtualMachine machine;
    machine.devices = 2;
    machine.links[0] = {VirtualMachine::kAny, VirtualMachine::kAny, 1e9,
                        2};           // 1000 bytes: 1 + 2 µs
    machine.bytes_per_second = 1e10;  // 1000 bytes: 0.1 µs
    return machine;
  }
  VirtualClock clock_{machine()};
};

TEST_F(CopyClock, CopiesOfOneDirectionQueueUpAndOthersDoNot) {
  EXPECT_EQ(clock_.copy(kHost, 0, 1000, 0).end_us, 3);
  EXPECT_EQ(clock_.copy(kHost, 0, 1000, 0).end_us, 6);
  EXPECT_EQ(clock_.copy(0, kHost, 1000, 0).end_us, 3);
  EXPECT_EQ(clock_.copy(kHost, 1, 1000, 0).end_us, 3);
}

TEST_F(CopyClock, BetweenDevicesBothEnginesMustBeFree) {
  clock_.copy(0, kHost, 8000, 0);  // out of 0 until 10
  clock_.copy(kHost, 1, 8000, 5);  // into 1 from 5 to 15
  EXPECT_EQ(clock_.copy(0, 1, 1000, 0).start_us, 15);
  EXPECT_EQ(clock_.copy(0, kHost, 1000, 0).start_us, 10);
}

TEST_F(CopyClock, WithinADeviceOnlyItsMemoryCounts) {
  EXPECT_DOUBLE_EQ(clock_.copy(0, 0, 1000, 0).end_us, 0.1);
  EXPECT_DOUBLE_EQ(clock_.fill(2000, 0).end_us, 0.2);
}

TEST(VirtualClock, TheHostMovesByLaunchesAndByWaitsIfToldSo) {
  VirtualMachine machine;
  machine.launch_us = 2;
  VirtualClock clock(machine);
  clock.host_submits();
  clock.host_waited_until(100);
  EXPECT_EQ(clock.host_us(), 2);

  machine.host_waits = true;
  VirtualClock waiting(machine);
  waiting.host_waited_until(100);
  waiting.host_waited_until(50);
  EXPECT_EQ(waiting.host_us(), 100);
}

}  // namespace
}  // namespace sennit
