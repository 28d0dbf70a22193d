// backend/cpu/cpu_stream_test.cpp: order within a stream, points, waits, failures.
#include "backend/cpu/cpu_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "backend/cpu/device_fixture.h"

namespace sennit::cpu {
namespace {

class CpuStreamTest : public DeviceFixture {};

TEST_F(CpuStreamTest, RunsCommandsInOrderWithoutTheSubmittingThread) {
  const auto stream = device().create_stream();
  std::vector<int> order;  // no lock: the stream orders the accesses
  for (int i = 0; i < 300; ++i) {
    stream->enqueue(launch(kernel([&order, i](std::uint64_t) { order.push_back(i); })), 0);
  }
  finish(*stream);
  ASSERT_EQ(order.size(), 300u);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_F(CpuStreamTest, SharedLaunchesAreOrderedToo) {
  constexpr std::uint32_t kBlocks = 333;
  const auto stream = device().create_stream();
  std::array<std::atomic<std::uint32_t>, 3> counts{};
  std::atomic<int> too_early{0};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    stream->enqueue(launch(kernel([&, i](std::uint64_t) {
                             if (i > 0 && counts[i - 1] != kBlocks) ++too_early;
                             ++counts[i];
                           }),
                           kBlocks),
                    0);
  }
  finish(*stream);
  EXPECT_EQ(too_early, 0);
  for (const auto& count : counts) EXPECT_EQ(count, kBlocks);
}

TEST_F(CpuStreamTest, StreamsOverlap) {
  Gate gate;
  const auto a = device().create_stream();
  const auto b = device().create_stream();
  a->enqueue(gate.command(), 0);
  b->enqueue(gate.command(), 0);
  gate.await_arrivals(2);
  gate.open();
  finish(*a);
  finish(*b);
}

//   a: [gate] record(e) [second gate]
//   b:        wait(e) [x]
TEST_F(CpuStreamTest, AWaitEndsAtThePointAndNotAtTheEndOfTheOtherStream) {
  Gate first, second;
  std::atomic<bool> ran{false};
  const auto a = device().create_stream();
  const auto b = device().create_stream();
  const auto event = device().create_event();
  a->enqueue(first.command(), 0);
  a->record(*event);
  a->enqueue(second.command(), 0);
  b->wait(*event);
  b->enqueue(launch(kernel([&](std::uint64_t) { ran = true; })), 0);
  first.await_arrivals(1);
  EXPECT_FALSE(event->is_done());
  EXPECT_FALSE(ran);
  first.open();
  finish(*b);
  EXPECT_TRUE(ran);
  EXPECT_TRUE(event->is_done());
  second.open();
  finish(*a);
}

TEST_F(CpuStreamTest, AWaitRefersToTheRecordBeforeIt) {
  Gate first, second;
  const auto a = device().create_stream();
  const auto b = device().create_stream();
  const auto event = device().create_event();
  a->enqueue(first.command(), 0);
  a->record(*event);
  b->wait(*event);
  a->enqueue(second.command(), 0);
  a->record(*event);  // must not move what b waits for
  first.open();
  finish(*b);
  EXPECT_FALSE(event->is_done());
  second.open();
  event->sync();
}

TEST_F(CpuStreamTest, AnEventThatWasNeverRecordedIsDone) {
  const auto stream = device().create_stream();
  const auto event = device().create_event();
  EXPECT_TRUE(event->is_done());
  event->sync();
  stream->wait(*event);
  finish(*stream);
}

TEST_F(CpuStreamTest, AnEventBehindAWaitIsNotDoneBeforeIt) {
  Gate gate;
  const auto a = device().create_stream();
  const auto b = device().create_stream();
  const auto before = device().create_event();
  const auto after = device().create_event();
  a->enqueue(gate.command(), 0);
  a->record(*before);
  b->wait(*before);
  b->record(*after);
  EXPECT_FALSE(after->is_done());
  gate.open();
  after->sync();
  EXPECT_TRUE(before->is_done());
}

TEST_F(CpuStreamTest, EventsMayBeDestroyedWhileTheyAreWaitedFor) {
  Gate gate;
  std::atomic<bool> ran{false};
  const auto a = device().create_stream();
  const auto b = device().create_stream();
  a->enqueue(gate.command(), 0);
  {
    const auto event = device().create_event();
    a->record(*event);
    b->wait(*event);
  }
  b->enqueue(launch(kernel([&](std::uint64_t) { ran = true; })), 0);
  EXPECT_FALSE(ran);
  gate.open();
  finish(*b);
  EXPECT_TRUE(ran);
}

TEST_F(CpuStreamTest, WorkOfADestroyedStreamStillRuns) {
  Gate gate;
  std::atomic<int> ran{0};
  const auto event = device().create_event();
  {
    const auto stream = device().create_stream();
    stream->enqueue(gate.command(), 0);
    for (int i = 0; i < 5; ++i) {
      stream->enqueue(launch(kernel([&](std::uint64_t) { ++ran; })), 0);
    }
    stream->record(*event);
  }
  const auto other = device().create_stream();  // must not be behind the destroyed one's work
  finish(*other);
  EXPECT_EQ(ran, 0);
  gate.open();
  event->sync();
  EXPECT_EQ(ran, 5);
}

TEST_F(CpuStreamTest, ManyStreamsMayWaitForOnePoint) {
  Gate gate;
  std::atomic<int> ran{0};
  const auto source = device().create_stream();
  const auto event = device().create_event();
  source->enqueue(gate.command(), 0);
  source->record(*event);
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 100; ++i) {
    streams.push_back(device().create_stream());
    streams.back()->wait(*event);
    streams.back()->enqueue(launch(kernel([&](std::uint64_t) { ++ran; })), 0);
  }
  EXPECT_EQ(ran, 0);
  gate.open();
  for (const auto& stream : streams) finish(*stream);
  EXPECT_EQ(ran, 100);
}

//   s0 --> s1 --> s2 --> ... : nothing but waits, set free by one command
TEST_F(CpuStreamTest, LongChainsOfWaitsNeedNoStack) {
  Gate gate;
  std::vector<std::unique_ptr<Stream>> streams;
  streams.push_back(device().create_stream());
  streams.front()->enqueue(gate.command(), 0);
  const auto event = device().create_event();
  for (int i = 0; i < 5000; ++i) {
    streams.back()->record(*event);
    streams.push_back(device().create_stream());
    streams.back()->wait(*event);
  }
  streams.back()->record(*event);
  EXPECT_FALSE(event->is_done());
  gate.open();
  event->sync();
}

TEST_F(CpuStreamTest, SeveralThreadsWaitForDifferentPointsOfAStream) {
  constexpr std::size_t kPoints = 8;
  std::array<Gate, kPoints> gates;
  std::array<std::unique_ptr<Event>, kPoints> events;
  std::array<std::atomic<bool>, kPoints> seen{};
  const auto stream = device().create_stream();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kPoints; ++i) {
    stream->enqueue(gates[i].command(), 0);
    events[i] = device().create_event();
    stream->record(*events[i]);
    threads.emplace_back([&, i] {
      events[i]->sync();
      seen[i] = true;
    });
  }
  for (std::size_t i = 0; i < kPoints; ++i) {
    gates[i].await_arrivals(1);
    for (std::size_t later = i; later < kPoints; ++later) EXPECT_FALSE(seen[later]);
    gates[i].open();
    events[i]->sync();
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& one : seen) EXPECT_TRUE(one);
}

TEST_F(CpuStreamTest, EventsMayBeAskedWhileTheyAreRecordedAnew) {
  const auto a = device().create_stream();
  const auto b = device().create_stream();
  const auto event = device().create_event();
  CpuFunction& nothing = kernel([](std::uint64_t) {});
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      event->is_done();
      event->sync();
    }
  });
  for (int i = 0; i < 2000; ++i) {
    Stream& stream = i % 2 == 0 ? *a : *b;
    stream.enqueue(launch(nothing), 0);
    stream.record(*event);
  }
  stop = true;
  reader.join();
  event->sync();
  EXPECT_TRUE(event->is_done());
}

TEST_F(CpuStreamTest, AFailureCanBeTakenBeforeAnEventBehindItReadsAsDone) {
  for (int i = 0; i < 200; ++i) {
    const auto stream = device().create_stream();
    const auto event = device().create_event();
    stream->enqueue(launch(kernel([](std::uint64_t block) {
                             if (block == 3) raise(ErrorCode::KernelFailed, "block 3 is bad");
                           }),
                           8),
                    41);
    stream->record(*event);
    while (!event->is_done()) std::this_thread::yield();
    const std::optional<Failure> failure = device().take_failure();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->tag, 41u);
    EXPECT_EQ(failure->error.code(), ErrorCode::KernelFailed);
    EXPECT_EQ(failure->error.message(), "block 3 is bad");
  }
}

TEST_F(CpuStreamTest, AKernelThatFailsInManyBlocksFailsOnceAndLaterCommandsRun) {
  std::atomic<bool> ran{false};
  const auto stream = device().create_stream();
  stream->enqueue(launch(kernel([](std::uint64_t) { raise(ErrorCode::KernelFailed, "bad"); }), 64),
                  1);
  stream->enqueue(HostCallCommand{[](void*) { throw std::runtime_error("host call"); }, nullptr},
                  2);
  stream->enqueue(launch(kernel([&](std::uint64_t) { ran = true; })), 3);
  finish(*stream);
  EXPECT_TRUE(ran);
  const std::optional<Failure> first = device().take_failure();
  const std::optional<Failure> second = device().take_failure();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->tag, 1u);
  EXPECT_EQ(second->tag, 2u);
  EXPECT_EQ(second->error.code(), ErrorCode::KernelFailed);
  EXPECT_EQ(second->error.message(), "host call");
}

TEST_F(CpuStreamTest, RefusedCommandsAreNotQueued) {
  const auto stream = device().create_stream();
  LaunchCommand wide = launch(kernel([](std::uint64_t) { ADD_FAILURE() << "must not run"; }));
  wide.config.block = {1025, 1, 1};
  EXPECT_THROW(stream->enqueue(wide, 0), Error);
  wide.config.block = {0, 1, 1};
  EXPECT_THROW(stream->enqueue(wide, 0), Error);
  wide.config.block = {1, 1, 1};
  wide.config.shared_bytes = kMaxSharedBytes + 1;
  EXPECT_THROW(stream->enqueue(wide, 0), Error);
  FillCommand fill;
  fill.pattern_bytes = 3;
  EXPECT_THROW(stream->enqueue(fill, 0), Error);
  EXPECT_THROW(stream->enqueue(HostCallCommand{}, 0), Error);
  finish(*stream);
}

TEST_F(CpuStreamTest, SmallLaunchesRunWholeOnOneWorker) {
  const auto stream = device().create_stream();
  std::atomic<int> ranges{0};
  FunctionInfo info;
  CpuFunction counted(
      info, [&](const KernelLaunch&, std::uint64_t, std::uint64_t) { ++ranges; }, kWorkers);
  counted.run_times().add(launch(counted, 64).config, kSharedWorkUs / 2);
  stream->enqueue(launch(counted, 64), 0);
  finish(*stream);
  EXPECT_EQ(ranges, 1);
}

TEST_F(CpuStreamTest, LaunchesTeachHowLongTheyTake) {
  const auto stream = device().create_stream();
  CpuFunction& slow = kernel(
      [](std::uint64_t) { spin_until([] { return false; }, std::chrono::microseconds(50)); });
  EXPECT_EQ(slow.typical_us(launch(slow, 8).config, 0), std::nullopt);
  stream->enqueue(launch(slow, 8), 0);
  finish(*stream);
  const std::optional<double> typical_us = slow.typical_us(launch(slow, 8).config, 0);
  ASSERT_TRUE(typical_us);
  EXPECT_GE(*typical_us, 8 * 50.0 / kWorkers);
}

// Waits, records and launches at random over many streams; each launch checks that all it was
// ordered behind has run.
TEST_F(CpuStreamTest, RandomProgramsKeepEveryOrderThatWasAskedFor) {
  constexpr std::size_t kStreams = 6;
  std::uint64_t random = 12345;
  const auto next = [&random](std::uint64_t bound) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>((random >> 33) % bound);
  };
  std::array<std::unique_ptr<Stream>, kStreams> streams;
  for (auto& stream : streams) stream = device().create_stream();
  std::array<std::unique_ptr<Event>, kStreams> events;
  for (auto& event : events) event = device().create_event();
  // seen[s][t]: how many launches of stream t are before the next command of stream s.
  using Counts = std::array<int, kStreams>;
  std::array<Counts, kStreams> seen{};
  std::array<Counts, kStreams> recorded{};
  std::array<std::atomic<int>, kStreams> ran{};
  std::atomic<int> violations{0};
  for (int step = 0; step < 4000; ++step) {
    const std::size_t s = next(kStreams);
    const std::size_t e = next(kStreams);
    switch (next(4)) {
      case 0:
        streams[s]->record(*events[e]);
        recorded[e] = seen[s];
        break;
      case 1:
        streams[s]->wait(*events[e]);
        for (std::size_t t = 0; t < kStreams; ++t) {
          seen[s][t] = std::max(seen[s][t], recorded[e][t]);
        }
        break;
      default: {
        const Counts expected = seen[s];
        streams[s]->enqueue(launch(kernel([&, expected, s](std::uint64_t block) {
                                     for (std::size_t t = 0; t < kStreams; ++t) {
                                       if (ran[t] < expected[t]) ++violations;
                                     }
                                     if (block == 0) ++ran[s];
                                   }),
                                   1),
                            0);
        ++seen[s][s];
      }
    }
  }
  for (const auto& stream : streams) finish(*stream);
  EXPECT_EQ(violations, 0);
  for (std::size_t s = 0; s < kStreams; ++s) EXPECT_EQ(ran[s], seen[s][s]);
}

}  // namespace
}  // namespace sennit::cpu
