// backend/virtual/graph_test.cpp: graphs run as one, in any order that their edges allow.
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "backend/virtual/virtual_fixture.h"

namespace sennit {
namespace {

constexpr std::uint64_t kSeeds = 300;
using Node = Graph::Node;

class GraphMachine : public VirtualMachineOfNotes {
 public:
  explicit GraphMachine(std::uint64_t seed = 1)
      : VirtualMachineOfNotes(seeded(seed)),
        stream(device().create_stream()),
        graph(device().create_graph()) {}

  Node add(int id, std::initializer_list<Node> parents) {
    const Parameters parameters(id);
    return graph->add(launch_command(note_function(), parameters),
                      std::span<const Node>(parents.begin(), parents.size()),
                      static_cast<CommandTag>(id));
  }
  void update(Node node, int id) {
    const Parameters parameters(id);
    graph->update(node, launch_command(note_function(), parameters), static_cast<CommandTag>(id));
  }

  std::unique_ptr<Stream> stream;
  std::unique_ptr<Graph> graph;
};

//         .--> [1] --.
//   [0] --+--> [2] --+--> [3]
TEST(VirtualGraph, RunsItsBranchesInEveryOrder) {
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    GraphMachine machine(seed);
    const Node a = machine.add(0, {});
    const Node b = machine.add(1, {a});
    const Node c = machine.add(2, {a});
    machine.add(3, {b, c});
    machine.graph->launch(*machine.stream);
    machine.backend.run_all();
    orders.insert(machine.ran);
  }
  EXPECT_EQ(orders, (std::set<std::vector<int>>{{0, 1, 2, 3}, {0, 2, 1, 3}}));
}

TEST(VirtualGraph, StandsInItsStreamAsOne) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    GraphMachine machine(seed);
    machine.add(1, {});
    machine.add(2, {});
    machine.note(*machine.stream, 0);
    machine.graph->launch(*machine.stream);
    machine.note(*machine.stream, 3);
    machine.backend.run_all();
    EXPECT_EQ(machine.ran.front(), 0);
    EXPECT_EQ(machine.ran.back(), 3);
    EXPECT_EQ(machine.ran.size(), 4u);
  }
}

TEST(VirtualGraph, DoesNotOverlapItselfOnAnotherStream) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    GraphMachine machine(seed);
    const Node first = machine.add(1, {});
    machine.add(2, {first});
    auto other = machine.device().create_stream();
    machine.graph->launch(*machine.stream);
    machine.graph->launch(*other);
    machine.backend.run_all();
    EXPECT_EQ(machine.ran, (std::vector<int>{1, 2, 1, 2}));
  }
}

TEST(VirtualGraph, AnUpdateIsForLaterLaunches) {
  GraphMachine machine;
  const Node node = machine.add(1, {});
  machine.graph->launch(*machine.stream);
  machine.update(node, 5);
  machine.graph->launch(*machine.stream);
  machine.graph.reset();  // what was launched runs all the same
  machine.backend.run_all();
  EXPECT_EQ(machine.ran, (std::vector<int>{1, 5}));
  const auto commands = machine.backend.commands();
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0].tag, 1u);
  EXPECT_EQ(commands[1].tag, 5u);
  EXPECT_TRUE(commands[1].in_graph);
}

TEST(VirtualGraph, RefusesWhatItCannotBe) {
  GraphMachine machine;
  const Node node = machine.add(1, {});
  const auto message = [](auto body) { return raised(ErrorCode::Internal, body); };
  EXPECT_TRUE(contains(message([&] { machine.add(2, {node + 1}); }), "depends on 1"));
  EXPECT_TRUE(
      contains(message([&] { machine.graph->update(node, FillCommand{}, 1); }), "another kind"));
  EXPECT_TRUE(contains(message([&] { machine.update(node + 1, 1); }), "there are 1"));
}

TEST(VirtualGraph, ChecksItsMemoryAtEachLaunch) {
  GraphMachine machine;
  auto memory = machine.device().allocate(64);
  FillCommand fill;
  fill.to = memory->address();
  fill.bytes = 64;
  machine.graph->add(fill, {}, 1);
  machine.graph->launch(*machine.stream);
  machine.backend.run_all();
  memory.reset();
  EXPECT_TRUE(contains(raised(ErrorCode::Internal, [&] { machine.graph->launch(*machine.stream); }),
                       "released"));
  EXPECT_EQ(machine.backend.pending(), 0u);
  EXPECT_EQ(machine.backend.counts().graph_launches, 1u);
}

TEST(VirtualGraph, AnEmptyOneIsNothing) {
  GraphMachine machine;
  auto event = machine.device().create_event();
  machine.graph->launch(*machine.stream);
  machine.stream->record(*event);
  event->sync();
  EXPECT_TRUE(event->is_done());
}

TEST(VirtualGraph, TakesItsCriticalPathOnTheClock) {
  VirtualOptions options;
  options.machine.kernel_us = 10;
  VirtualMachineOfNotes machine(options);
  auto stream = machine.device().create_stream();
  auto graph = machine.device().create_graph();
  const Parameters parameters(1);
  const LaunchCommand launch =
      VirtualMachineOfNotes::launch_command(machine.note_function(), parameters);
  const Node a = graph->add(launch, {}, 1);
  graph->add(launch, std::array{a}, 2);
  graph->add(launch, std::array{a}, 3);
  graph->add(launch, {}, 4);
  graph->launch(*stream);
  EXPECT_EQ(machine.backend.makespan_us(), 20);
  graph->launch(*stream);
  EXPECT_EQ(machine.backend.makespan_us(), 40);
}

}  // namespace
}  // namespace sennit
