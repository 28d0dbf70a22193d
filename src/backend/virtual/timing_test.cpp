// backend/virtual/timing_test.cpp: what the virtual clock says of queued work, and what is counted.
#include <gtest/gtest.h>

#include <thread>

#include "backend/virtual/virtual_fixture.h"

namespace sennit {
namespace {

VirtualOptions kernels_of(double us) {
  VirtualOptions options;
  options.machine.kernel_us = us;
  return options;
}

//   a: [1] --(e)--> [3]
//   b: [2] --(f)---/
TEST(VirtualTiming, TheMakespanIsTheCriticalPathWhateverTheSeed) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    VirtualOptions options = kernels_of(10);
    options.seed = seed;
    VirtualMachineOfNotes machine(options);
    auto a = machine.device().create_stream();
    auto b = machine.device().create_stream();
    auto f = machine.device().create_event();
    machine.note(*a, 1);
    machine.note(*b, 2);
    b->record(*f);
    if (seed % 2 == 0) f->sync();
    a->wait(*f);
    machine.note(*a, 3);
    machine.backend.run_all();
    EXPECT_EQ(machine.backend.makespan_us(), 20);
    const auto commands = machine.backend.commands();
    ASSERT_EQ(commands.size(), 3u);
    EXPECT_EQ(commands[0].start_us, 0);
    EXPECT_EQ(commands[1].start_us, 0);
    EXPECT_EQ(commands[2].start_us, 10);
  }
}

TEST(VirtualTiming, AForgottenOverlapShowsInTheMakespan) {
  VirtualMachineOfNotes machine(kernels_of(10));
  auto stream = machine.device().create_stream();
  machine.note(*stream, 1);
  machine.note(*stream, 2);
  EXPECT_EQ(machine.backend.makespan_us(), 20);
}

TEST(VirtualTiming, CrossingToAnotherStreamCostsAndStayingDoesNot) {
  VirtualOptions options = kernels_of(10);
  options.machine.crossing_us = 0.5;
  VirtualMachineOfNotes machine(options);
  auto a = machine.device().create_stream();
  auto b = machine.device().create_stream();
  auto event = machine.device().create_event();
  machine.note(*a, 1);
  a->record(*event);
  a->wait(*event);
  machine.note(*a, 2);
  b->wait(*event);
  machine.note(*b, 3);
  const auto commands = machine.backend.commands();
  EXPECT_EQ(commands[1].start_us, 10);
  EXPECT_EQ(commands[2].start_us, 10.5);
  EXPECT_EQ(machine.device().info().crossing_us, 0.5);
}

TEST(VirtualTiming, NothingStartsBeforeTheHostHasQueuedIt) {
  VirtualOptions options = kernels_of(10);
  options.machine.launch_us = 2;
  VirtualMachineOfNotes machine(options);
  auto a = machine.device().create_stream();
  auto b = machine.device().create_stream();
  machine.note(*a, 1);
  machine.note(*b, 2);
  const auto commands = machine.backend.commands();
  EXPECT_EQ(commands[0].start_us, 2);
  EXPECT_EQ(commands[1].start_us, 4);
  EXPECT_EQ(machine.device().now_us(), 4);
}

TEST(VirtualTiming, AHostThatWaitsQueuesLater) {
  VirtualOptions options = kernels_of(10);
  options.machine.host_waits = true;
  VirtualMachineOfNotes machine(options);
  auto a = machine.device().create_stream();
  auto b = machine.device().create_stream();
  auto event = machine.device().create_event();
  machine.note(*a, 1);
  a->record(*event);
  event->sync();
  machine.note(*b, 2);
  EXPECT_EQ(machine.backend.commands()[1].start_us, 10);
}

TEST(VirtualTiming, DurationsComeFromTheMachineAndOnlyListedOnesAreTypical) {
  VirtualOptions options = kernels_of(7);
  options.machine.kernels["note"] = {3, 0.5};
  VirtualMachineOfNotes machine(options);
  machine.backend.registry().add_function("other", [](const LaunchConfig&, void**) {});
  auto module = machine.load(machine.device(), {"other"});
  LaunchConfig config;
  config.grid.x = 4;
  EXPECT_EQ(machine.note_function().typical_us(config, 0), 5);
  EXPECT_EQ(module->function("other").typical_us(config, 0), std::nullopt);
  auto stream = machine.device().create_stream();
  VirtualMachineOfNotes::launch(*stream, module->function("other"), Parameters());
  EXPECT_EQ(machine.backend.makespan_us(), 7);
  machine.backend.run_all();
}

TEST(VirtualTiming, TimingsAreOfTaggedWorkThatIsDoneSinceTheyWereAskedFor) {
  VirtualMachineOfNotes machine(kernels_of(10));
  auto stream = machine.device().create_stream();
  machine.note(*stream, 1);
  machine.device().record_timings(true);
  machine.note(*stream, 2);
  machine.note(*stream, 0);  // its tag is 0
  machine.device().record_timings(false);
  machine.note(*stream, 3);
  std::vector<Timing> timings;
  machine.device().take_timings(timings);
  EXPECT_TRUE(timings.empty());
  machine.backend.run_all();
  machine.device().take_timings(timings);
  ASSERT_EQ(timings.size(), 1u);
  EXPECT_EQ(timings[0].tag, 2u);
  EXPECT_EQ(timings[0].start_us, 10);
  EXPECT_EQ(timings[0].end_us, 20);
  machine.device().take_timings(timings);
  EXPECT_EQ(timings.size(), 1u);
}

TEST(VirtualCounts, EveryKindOfCallIsCounted) {
  VirtualMachineOfNotes machine;
  auto stream = machine.device().create_stream();
  auto event = machine.device().create_event();
  auto graph = machine.device().create_graph();
  auto memory = machine.device().allocate(8);
  int host[2] = {};
  CopyCommand copy;
  copy.to = host;
  copy.from = memory->address();
  copy.bytes = 8;
  copy.from_device = 0;
  FillCommand fill;
  fill.to = memory->address();
  fill.bytes = 8;
  HostCallCommand call;
  call.function = [](void*) {};
  machine.note(*stream, 1);
  for (int i = 0; i < 2; ++i) stream->enqueue(copy, 9);
  for (int i = 0; i < 3; ++i) stream->enqueue(fill, 10);
  for (int i = 0; i < 4; ++i) stream->enqueue(call, 11);
  for (int i = 0; i < 5; ++i) graph->launch(*stream);
  for (int i = 0; i < 6; ++i) stream->record(*event);
  for (int i = 0; i < 7; ++i) stream->wait(*event);
  for (int i = 0; i < 8; ++i) event->is_done();
  for (int i = 0; i < 9; ++i) event->sync();
  CallCounts expected;
  expected.launches = 1;
  expected.copies = 2;
  expected.fills = 3;
  expected.host_calls = 4;
  expected.graph_launches = 5;
  expected.records = 6;
  expected.waits = 7;
  expected.event_queries = 8;
  expected.event_syncs = 9;
  expected.allocations = 1;
  EXPECT_EQ(machine.backend.counts(), expected);
  EXPECT_EQ(expected.submissions(), 28u);
  LiveCounts live;
  live.streams = 1;
  live.events = 1;
  live.graphs = 1;
  live.modules = 1;
  live.allocations = 1;
  EXPECT_EQ(machine.backend.live(), live);

  const auto commands = machine.backend.commands();
  ASSERT_EQ(commands.size(), 10u);
  EXPECT_EQ(commands[0].name, "note");
  EXPECT_EQ(commands[1].kind, Recorded::Kind::Copy);
  EXPECT_EQ(commands[1].bytes, 8u);
  EXPECT_EQ(commands[1].from_device, 0);
  EXPECT_EQ(commands[3].kind, Recorded::Kind::Fill);
  EXPECT_EQ(commands[9].kind, Recorded::Kind::HostCall);
  machine.backend.reset_observations();
  EXPECT_EQ(machine.backend.counts(), CallCounts{});
  EXPECT_TRUE(machine.backend.commands().empty());
}

TEST(VirtualCounts, CommandsAreKeptOnlyIfWanted) {
  VirtualOptions options;
  options.keep_commands = false;
  VirtualMachineOfNotes machine(options);
  auto stream = machine.device().create_stream();
  machine.note(*stream, 1);
  EXPECT_TRUE(machine.backend.commands().empty());
  EXPECT_EQ(machine.backend.counts().launches, 1u);
}

TEST(VirtualThreads, AnyThreadMayWaitAndAsk) {
  VirtualMachineOfNotes machine;
  auto stream = machine.device().create_stream();
  std::vector<std::unique_ptr<Event>> events;
  for (int i = 0; i < 200; ++i) {
    machine.note(*stream, i);
    events.push_back(machine.device().create_event());
    stream->record(*events.back());
  }
  std::vector<std::thread> threads;
  for (std::size_t first = 0; first < 4; ++first) {
    threads.emplace_back([&, first] {
      for (std::size_t i = first; i < events.size(); i += 4) {
        if (i % 8 < 4) {
          events[i]->sync();
        } else {
          while (!events[i]->is_done()) {
          }
        }
      }
    });
  }
  for (int i = 200; i < 300; ++i) machine.note(*stream, i);
  for (std::thread& thread : threads) thread.join();
  machine.backend.run_all();
  ASSERT_EQ(machine.ran.size(), 300u);
  EXPECT_TRUE(std::is_sorted(machine.ran.begin(), machine.ran.end()));
}

}  // namespace
}  // namespace sennit
