// sched/shared_events_test.cpp: short operations share an event, and what that may cost.
#include <array>
#include <string>

#include "sched/virtual_fixture.h"

namespace sennit {
namespace {

// On a machine where leaving a stream costs 5 us; "short" takes 1 us, "long" 100.
class SharedEvents : public SchedulerTest {
 protected:
  void SetUp() override { start("adaptive"); }
  void start(const std::string& stream_policy) {
    x_.fill(nullptr);  // of the machine before
    VirtualOptions options = shared_memory();
    options.machine.crossing_us = 5;
    options.machine.kernels["short"] = {1, 0};
    options.machine.kernels["long"] = {100, 0};
    SchedulerConfig config;
    config.stream_policy = stream_policy;
    make(config, options);
    for (Handle& each : x_) each = array(4);
    for (const Handle& each : x_) set_all(each, 1);
    backend_->reset_observations();
  }
  void TearDown() override {
    x_.fill(nullptr);
    SchedulerTest::TearDown();
  }

  std::array<Handle, 20> x_;
};

//   [x0] [x1] [x2] ...    one stream, no dependency: an event each, if each could be waited for
//   alone
TEST_F(SharedEvents, ShortIndependentKernelsHaveOneForEachCrossingsWorth) {
  for (const Handle& array : x_) launch("short", {array, {}});
  EXPECT_EQ(backend_->counts().launches, 20u);
  EXPECT_EQ(backend_->counts().records, 3u);  // behind the 5th, 10th and 15th
  EXPECT_EQ(scheduler_->statistics().streams, 1u);
  for (const Handle& array : x_) EXPECT_EQ(element(array, 0), 32u);
}

TEST_F(SharedEvents, LongKernelsHaveAnEventEach) {
  start("same_as_parent");  // the second and third on one stream
  launch("long", {x_[0], {}});
  launch("long", {x_[1], {}}, {{x_[0], {}}});
  launch("long", {x_[2], {}}, {{x_[0], {}}});
  EXPECT_EQ(backend_->counts().records, 2u);
}

//   stream 0:  [x0 short] [x1] [x2] [x3]
//   stream 1:      `--> [long]              late by x1, x2 and x3 at most
TEST_F(SharedEvents, AWaiterIsLateByLessThanACrossing) {
  for (int i = 0; i < 4; ++i) launch("short", {x_[static_cast<std::size_t>(i)], {}});
  launch("long", {x_[4], {}}, {{x_[0], {}}});
  const double without_sharing_us = 1 + 5 + 100;
  EXPECT_GE(backend_->makespan_us(), without_sharing_us);
  EXPECT_LT(backend_->makespan_us(), without_sharing_us + 5);
}

//   stream 0:  [x0 short] ---------> [x2 short]    x2 waits for the long x1
//   stream 1:  [x1 long] --------------^
//   stream 2:      `--> [x3 long]                  waits for x0, and not for x1 with it
TEST_F(SharedEvents, WorkThatWaitsForAnotherStreamIsNotWaitedForToo) {
  launch("short", {x_[0], {}});
  launch("long", {x_[1], {}});
  launch("short", {x_[2], {}}, {{x_[0], {}}, {x_[1], {}}});
  backend_->reset_observations();
  launch("long", {x_[3], {}}, {{x_[0], {}}});
  EXPECT_LT(backend_->makespan_us(), 120);
}

// A kernel that never ran here may take any time.
TEST_F(SharedEvents, UnknownKernelsHaveAnEventEach) {
  for (int i = 0; i < 8; ++i) launch("unknown", {x_[static_cast<std::size_t>(i)], {}});
  EXPECT_EQ(backend_->counts().records, 7u);
}

}  // namespace
}  // namespace sennit
