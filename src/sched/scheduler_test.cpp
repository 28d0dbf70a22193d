#include "sched/scheduler.h"

#include <algorithm>
#include <random>

#include "sched/virtual_fixture.h"

namespace sennit {
namespace {

TEST_F(SchedulerTest, ANewArrayReadsAsZeros) {
  const Handle x = array();
  EXPECT_EQ(element(x, 0), 0u);
  EXPECT_EQ(element(x, kElements - 1), 0u);
}

TEST_F(SchedulerTest, AKernelSeesWhatTheHostWroteAndTheHostWhatTheKernelWrote) {
  const Handle x = array();
  const Handle y = array();
  set_all(x, 3);
  launch("mix", {y, {}}, {{x, {}}});
  EXPECT_EQ(element(y, 5), 3u * 7 + 1);
  launch("mix", {y, {}}, {{x, {}}});
  EXPECT_EQ(element(y, 5), 22u * 31 + 22);
}

TEST_F(SchedulerTest, AHostWriteIsSeenByKernelsSubmittedLaterOnly) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    make({}, seed % 2 ? own_memory(seed) : shared_memory(seed));
    const Handle x = array();
    const Handle y = array();
    set_all(x, 1);
    launch("mix", {y, {}}, {{x, {}}});
    set_all(x, 2);
    launch("mix", {y, {}}, {{x, {}}});
    EXPECT_EQ(element(y, 9), (7u + 1) * 31 + 15) << "seed " << seed;
  }
}

//   [x0] --> [x1] --> [x2] ...
TEST_F(SchedulerTest, AChainInPlaceRecordsOnlyMarkers) {
  const Handle x = array();
  launch("mix", {x, {}});
  scheduler_->sync();
  backend_->reset_observations();
  for (int i = 0; i < 1000; ++i) launch("mix", {x, {}});
  const CallCounts counts = backend_->counts();
  EXPECT_EQ(counts.launches, 1000u);
  EXPECT_LE(counts.records, 1000u / 64 + 1);
  EXPECT_EQ(counts.waits, 0u);
  EXPECT_EQ(scheduler_->statistics().streams, 1u);
}

//   [a] --> [b]     b leaves a on the frontier: somebody else may depend on a alone
//     `---> [c]
TEST_F(SchedulerTest, AnEventIsRecordedBehindAnOperationThatStaysOnAFrontier) {
  VirtualOptions options = shared_memory();
  options.machine.kernels["mix"] = {100, 0};
  make({}, options);
  const Handle x = array(), y = array(), z = array();
  launch("mix", {x, {}});
  launch("mix", {y, {}}, {{x, {}}});
  launch("mix", {z, {}}, {{x, {}}});
  const CallCounts counts = backend_->counts();
  EXPECT_EQ(counts.waits, 1u);  // c, on a stream of its own, for a
  scheduler_->sync();
}

TEST_F(SchedulerTest, KernelsOnDisjointSlicesRunAtTheSameTime) {
  VirtualOptions options = shared_memory();
  options.machine.kernels["mix"] = {100, 0};
  make({}, options);
  const Handle x = array();
  set_all(x, 1);
  launch("mix", {x, elements(0, 32)});
  launch("mix", {x, elements(32, 64)});
  EXPECT_DOUBLE_EQ(backend_->makespan_us(), 100);
  launch("mix", {x, elements(16, 48)});
  EXPECT_DOUBLE_EQ(backend_->makespan_us(), 200);
  EXPECT_EQ(element(x, 0), 32u);
  EXPECT_EQ(element(x, 40), 32u * 31 + 1);
}

TEST_F(SchedulerTest, ANamedPredecessorIsWaitedFor) {
  VirtualOptions options = shared_memory();
  options.machine.kernels["mix"] = {100, 0};
  make({}, options);
  const Handle x = array(), y = array();
  set_all(x, 1);
  set_all(y, 1);
  const NodeId first = launch("mix", {x, {}});
  launch("mix", {y, {}}, {}, {&first, 1});
  EXPECT_DOUBLE_EQ(backend_->makespan_us(), 200);
}

TEST_F(SchedulerTest, ReadingOneElementMovesASmallWindow) {
  const Handle x = array(1 << 20);
  launch("mix", {x, {}});
  scheduler_->sync();
  backend_->reset_observations();
  EXPECT_EQ(element(x, 1000), 1u);
  std::size_t copied = 0;
  for (const Recorded& command : backend_->commands()) copied += command.bytes;
  EXPECT_GT(copied, 0u);
  EXPECT_LE(copied, 512u);
}

TEST_F(SchedulerTest, SequentialReadsMoveEverLargerWindows) {
  const Handle x = array(1 << 16);
  launch("mix", {x, {}});
  scheduler_->sync();
  backend_->reset_observations();
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < (1 << 16); ++i) {
    if (x->readable.contains(4 * i, 4 * i + 4)) continue;
    scheduler_->read_element(*x, elements(i, i + 1), &value);
  }
  EXPECT_LE(backend_->commands().size(), 16u);
}

TEST_F(SchedulerTest, AHostWriteToAPartKeepsTheRestThatOnlyTheDeviceHas) {
  const Handle x = array(1024);
  launch("mix", {x, {}});
  set_element(x, 500, 77);
  EXPECT_EQ(element(x, 500), 77u);
  EXPECT_EQ(element(x, 499), 1u);
  EXPECT_EQ(element(x, 501), 1u);
  launch("mix", {x, {}});
  EXPECT_EQ(element(x, 500), 77u * 31 + 1);
  EXPECT_EQ(element(x, 499), 32u);
}

TEST_F(SchedulerTest, APinnedHostViewNeverChanges) {
  for (const bool shared : {true, false}) {
    make({}, shared ? shared_memory() : own_memory());
    const Handle x = array();
    set_all(x, 5);
    const HostPin pin = scheduler_->read(*x, all(x));
    launch("mix", {x, {}});
    set_element(x, 1, 9);
    EXPECT_EQ(element(x, 0), 5u * 31 + 1);
    scheduler_->sync();
    std::uint32_t seen[2];
    std::memcpy(seen, pin.data(), sizeof seen);
    EXPECT_EQ(seen[0], 5u);
    EXPECT_EQ(seen[1], 5u);
  }
}

TEST_F(SchedulerTest, AnOpenWritableViewRefusesEverythingElse) {
  const Handle x = array();
  std::byte* data = scheduler_->open_view(*x, {"main.cpp", 12});
  try {
    launch("mix", {x, {}});
    FAIL() << "the launch was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Busy);
    EXPECT_NE(error.message().find("main.cpp:12"), std::string::npos) << error.message();
  }
  EXPECT_THROW(element(x, 0), Error);
  const std::uint32_t seven = 7;
  std::memcpy(data, &seven, 4);
  scheduler_->close_view(*x);
  launch("mix", {x, {}});
  EXPECT_EQ(element(x, 0), 7u * 31 + 1);
}

//   [bad x] --> [y from x] --> read of y fails;   [z] is not touched
TEST_F(SchedulerTest, AFailureReachesWhatDependsOnItAndNothingElse) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    make({}, shared_memory(seed));
    kernel("bad",
           [](const LaunchConfig&, void**) { raise(ErrorCode::KernelFailed, "assertion failed"); });
    const Handle x = array(), y = array(), z = array();
    launch("bad", {x, {}});
    launch("mix", {y, {}}, {{x, {}}});
    launch("mix", {z, {}});
    EXPECT_EQ(element(z, 0), 1u);
    try {
      element(y, 0);
      FAIL() << "no error, seed " << seed;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::KernelFailed);
      EXPECT_NE(error.message().find("launch 'bad'"), std::string::npos) << error.message();
    }
    launch("mix", {z, {}}, {{y, {}}});  // what comes later inherits it
    EXPECT_THROW(element(z, 0), Error);
    EXPECT_THROW(element(x, 0), Error);
    set_all(x, 4);  // new contents, no failure
    EXPECT_EQ(element(x, 0), 4u);
  }
}

TEST_F(SchedulerTest, SyncRaisesAFailureOnce) {
  kernel("bad", [](const LaunchConfig&, void**) { raise(ErrorCode::KernelFailed, "no"); });
  const Handle x = array();
  launch("bad", {x, {}});
  EXPECT_THROW(scheduler_->sync(), Error);
  EXPECT_NO_THROW(scheduler_->sync());
}

TEST_F(SchedulerTest, WaitRaisesTheFailureOfItsNode) {
  kernel("bad", [](const LaunchConfig&, void**) { raise(ErrorCode::KernelFailed, "no"); });
  const Handle x = array(), y = array();
  const NodeId bad = launch("bad", {x, {}});
  const NodeId good = launch("mix", {y, {}});
  EXPECT_NO_THROW(scheduler_->wait(good));
  EXPECT_THROW(scheduler_->wait(bad), Error);
}

TEST_F(SchedulerTest, MemoryOfReleasedArraysGoesWhenTheWorkIsDone) {
  Handle x = array(), y = array();
  launch("mix", {y, {}}, {{x, {}}});
  x.reset();
  EXPECT_EQ(element(y, 0), 1u);
  scheduler_->sync();
  y.reset();
  EXPECT_EQ(scheduler_->statistics().allocated_bytes, 0u);
}

TEST_F(SchedulerTest, ManyLaunchesTakeConstantMemory) {
  VirtualOptions options = shared_memory();
  options.keep_commands = false;
  make({}, options);
  const Handle x = array(4), y = array(4);
  std::uint64_t most = 0;
  for (int i = 0; i < 100000; ++i) {
    launch("mix", {i % 3 ? x : y, {}}, {{i % 3 ? y : x, {}}});
    if (i % 1000 == 0) most = std::max(most, scheduler_->statistics().in_flight);
  }
  EXPECT_LE(most, 4096u);
  scheduler_->sync();
}

// The longest path through the dependencies, computed apart.
TEST_F(SchedulerTest, TheMakespanOfARandomGraphIsItsCriticalPath) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    std::mt19937_64 random(seed);
    VirtualOptions options = shared_memory(seed);
    for (int k = 0; k < 5; ++k) {
      options.machine.kernels["mix" + std::to_string(k)] = {10.0 * (1 << k), 0};
    }
    make({}, options);
    std::vector<Handle> arrays;
    for (int i = 0; i < 8; ++i) arrays.push_back(array(4));
    for (const Handle& a : arrays) set_all(a, 1);
    std::vector<double> written(8, 0), read(8, 0);  // end of the last writer, of the readers
    double longest = 0;
    for (int i = 0; i < 60; ++i) {
      const auto k = static_cast<int>(random() % 5);
      const std::size_t out = random() % 8;
      std::vector<Use> in;
      double start = std::max(written[out], read[out]);
      std::vector<std::size_t> inputs;
      for (std::size_t n = random() % 3; n > 0; --n) {
        const std::size_t input = random() % 8;
        if (input == out || std::count(inputs.begin(), inputs.end(), input)) continue;
        inputs.push_back(input);
        in.push_back({arrays[input], {}});
        start = std::max(start, written[input]);
      }
      const double end = start + 10.0 * (1 << k);
      launch("mix" + std::to_string(k), {arrays[out], {}}, in);
      for (const std::size_t input : inputs) read[input] = std::max(read[input], end);
      written[out] = end;
      longest = std::max(longest, end);
    }
    EXPECT_DOUBLE_EQ(backend_->makespan_us(), longest) << "seed " << seed;
    arrays.clear();
    scheduler_->sync();
  }
}

}  // namespace
}  // namespace sennit
