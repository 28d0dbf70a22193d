// sched/replay_test.cpp: operations that are held back and run as graphs, on a virtual machine.
#include <random>
#include <thread>

#include "sched/virtual_fixture.h"

namespace sennit {
namespace {

class ReplayTest : public SchedulerTest {
 protected:
  void SetUp() override { make_with(SchedulerConfig::Replay::Always); }

  void make_with(SchedulerConfig::Replay replay, std::uint64_t seed = 1) {
    SchedulerConfig config;
    config.replay = replay;
    VirtualOptions options = own_memory(seed);
    options.machine.launch_us = 3;
    options.machine.kernel_us = 1;
    make(config, std::move(options));
  }
  SchedulerStatistics now() { return scheduler_->statistics(); }
};

//   [x] --> [y] --> [z], three times
TEST_F(ReplayTest, WhatWasSeenOnceRunsAsAGraph) {
  const Handle x = array(), y = array(), z = array();
  for (int i = 0; i < 3; ++i) {
    launch("mix", {x, {}});
    launch("mix", {y, {}}, {{x, {}}});
    launch("mix", {z, {}}, {{y, {}}});
    scheduler_->sync();
  }
  // The first time the arrays had to be filled with zeros: another graph.
  EXPECT_EQ(now().replays, 1u);
  EXPECT_EQ(now().replayed, 3u);
  EXPECT_EQ(now().replay_updates, 0u);
}

TEST_F(ReplayTest, ArraysThatTakeTurnsHaveAGraphEach) {
  Handle a = array(), b = array();
  for (int i = 0; i < 12; ++i) {
    launch("mix", {a, {}}, {{b, {}}});
    launch("mix", {b, {}}, {{a, {}}});
    scheduler_->sync();
    std::swap(a, b);
  }
  EXPECT_GE(now().replays, 9u);
  EXPECT_EQ(now().replay_updates, 0u);
}

TEST_F(ReplayTest, OtherNumbersAreAnUpdate) {
  const Handle a = array(), b = array();
  for (int i = 0; i < 8; ++i) {
    launch("mix", {a, {}}, {}, {}, i);
    launch("mix", {b, {}}, {{a, {}}});
    scheduler_->sync();
  }
  EXPECT_GT(now().replays, 0u);
  EXPECT_EQ(now().replay_updates, now().replays);  // one command of two in each
}

//   [x] --> host        [y] takes longer, and nobody waits for it
TEST_F(ReplayTest, TheHostWaitsOnlyForWhatItNeeds) {
  const Handle x = array(), y = array();
  launch("mix", {x, {}});
  launch("mix", {y, {}});
  scheduler_->sync();
  launch("mix", {x, {}});
  launch("mix", {y, {}});
  scheduler_->read(*x, all(x));
  EXPECT_GT(now().in_flight, 0u);
}

// The clock of the virtual machine is that of its host, which a graph of two kernels costs one
// launch.
TEST_F(ReplayTest, ALoopThatGainsByItRunsAsAGraph) {
  make_with(SchedulerConfig::Replay::Auto);
  const Handle x = array(), y = array();
  const auto loop = [&](int times) {
    for (int i = 0; i < times; ++i) {
      launch("mix", {x, {}}, {{y, {}}});
      launch("mix", {y, {}}, {{x, {}}});
      scheduler_->sync();
    }
  };
  loop(10);
  EXPECT_EQ(now().replays, 0u);
  loop(190);
  const std::uint64_t before = now().replays;
  const double saved_us = now().replay_saved_us;
  loop(50);
  EXPECT_EQ(now().replays - before, 50u);
  EXPECT_EQ(now().replay_trials, 1u);
  EXPECT_EQ(now().replay_gains, 1u);
  EXPECT_NEAR(now().replay_saved_us - saved_us, 50 * 3, 3);  // a launch of each time around
}

// Two waits a lap, and after each the program does something else for a time that changes.
TEST_F(ReplayTest, WhatTheProgramDoesBetweenItsWaitsDoesNotCount) {
  make_with(SchedulerConfig::Replay::Auto);
  const Handle x = array(), y = array(), z = array();
  const auto memory = scheduler_->device(0).allocate(8);
  const auto stream = scheduler_->device(0).create_stream();
  std::mt19937 random(1);
  const auto be_busy = [&] {  // each call takes the host 3 us
    for (auto i = random() % 100; i > 0; --i) {
      stream->enqueue(FillCommand{memory->address(), 8, {}, 4}, 0);
    }
  };
  const auto loop = [&](int times) {
    for (int i = 0; i < times; ++i) {
      launch("mix", {x, {}}, {{y, {}}});
      launch("mix", {y, {}}, {{x, {}}});
      scheduler_->sync();
      be_busy();
      launch("mix", {z, {}});
      launch("mix", {z, {}}, {{x, {}}});
      scheduler_->sync();
      be_busy();
    }
  };
  loop(200);
  const std::uint64_t before = now().replays;
  loop(50);
  EXPECT_EQ(now().replays - before, 100u);
  backend_->run_all();
}

TEST_F(ReplayTest, StatisticsSayWhyWhatWasHeldRanOneByOneOrEarly) {
  make_with(SchedulerConfig::Replay::Repeated);
  const Handle x = array(), y = array(), z = array();
  const auto body = [&] {
    launch("mix", {x, {}});
    launch("mix", {y, {}}, {{x, {}}});
    launch("mix", {z, {}}, {{x, {}}, {y, {}}});
  };
  for (int i = 0; i < 4; ++i) {
    body();
    scheduler_->sync();
  }
  EXPECT_GE(now().replay_misses, 1u);  // it got a graph when it was seen
  EXPECT_EQ(now().replay_strays, 0u);
  EXPECT_EQ(now().replay_waits, 0u);
  launch("mix", {x, {}});
  launch("mix", {z, {}}, {{x, {}}, {y, {}}});
  EXPECT_EQ(now().replay_strays, 1u);
  scheduler_->sync();
  launch("mix", {x, {}});
  launch("mix", {y, {}}, {{x, {}}});
  scheduler_->sync();
  EXPECT_EQ(now().replay_waits, 1u);
}

TEST_F(ReplayTest, ALoopThatGainsNothingByItRunsAsItComes) {
  SchedulerConfig config;
  config.replay = SchedulerConfig::Replay::Auto;
  VirtualOptions options = own_memory(1);
  options.machine.host_waits = true;
  options.machine.kernel_us = 100;
  make(config, std::move(options));
  const Handle x = array();
  const auto loop = [&](int times) {
    for (int i = 0; i < times; ++i) {
      launch("mix", {x, {}});
      launch("mix", {x, {}});
      scheduler_->sync();
    }
  };
  loop(100);
  const std::uint64_t before = now().replays;
  loop(50);
  EXPECT_EQ(now().replays, before);
  // Nor is it tried again after as many laps as one that is looked at all the time.
  loop(600);
  EXPECT_EQ(now().replay_trials, 1u);
}

TEST_F(ReplayTest, ItIsOffWhenItIsSaidToBe) {
  make_with(SchedulerConfig::Replay::Off);
  const Handle x = array();
  for (int i = 0; i < 20; ++i) {
    launch("mix", {x, {}});
    launch("mix", {x, {}});
    scheduler_->sync();
  }
  EXPECT_EQ(now().replays, 0u);
}

TEST_F(ReplayTest, WhatIsHeldRunsWhenNobodyAddsToIt) {
  SchedulerConfig config;
  config.replay = SchedulerConfig::Replay::Always;
  config.replay_patience = std::chrono::microseconds(50);
  make(config);
  const Handle x = array();
  const NodeId node = launch("mix", {x, {}});
  // Nobody waits for it: it must come to an end by itself.
  while (now().launches == 0 || backend_->counts().launches == 0) std::this_thread::yield();
  scheduler_->wait(node);
  EXPECT_EQ(now().replay_timeouts, 1u);
}

}  // namespace
}  // namespace sennit
