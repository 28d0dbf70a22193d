// backend/cpu/cpu_graph_test.cpp: dependencies, relaunches, updates while launches are in flight.
#include "backend/cpu/cpu_graph.h"

#include <gtest/gtest.h>

#include "backend/cpu/device_fixture.h"

namespace sennit::cpu {
namespace {

class CpuGraphTest : public DeviceFixture {};

//   [a] --> [b] --.
//     \---> [c] --+--> [d]
TEST_F(CpuGraphTest, NodesRunBehindTheirDependenciesAndBesideEachOther) {
  const auto stream = device().create_stream();
  const auto graph = device().create_graph();
  Gate together;
  std::atomic<int> a{0}, b{0}, c{0}, wrong{0}, d{0};
  CpuFunction& node_a = kernel([&](std::uint64_t) { ++a; });
  CpuFunction& node_b = kernel([&](std::uint64_t) {
    if (a != b + 1) ++wrong;
    together.pass();
    ++b;
  });
  CpuFunction& node_c = kernel([&](std::uint64_t) {
    if (a != c + 1) ++wrong;
    together.pass();
    ++c;
  });
  CpuFunction& node_d = kernel([&](std::uint64_t) {
    if (b != d + 1 || c != d + 1) ++wrong;
    ++d;
  });
  const Graph::Node na = graph->add(launch(node_a), {}, 1);
  const Graph::Node nb = graph->add(launch(node_b), {{na}}, 2);
  const Graph::Node nc = graph->add(launch(node_c), {{na}}, 3);
  graph->add(launch(node_d), {{nb, nc}}, 4);
  for (int i = 0; i < 20; ++i) graph->launch(*stream);
  together.await_arrivals(2);  // b and c are inside at the same time
  together.open();
  finish(*stream);
  EXPECT_EQ(d, 20);
  EXPECT_EQ(wrong, 0);
}

TEST_F(CpuGraphTest, StandsInItsStreamAsOneCommand) {
  const auto stream = device().create_stream();
  const auto graph = device().create_graph();
  std::atomic<int> before{0}, inside{0}, after{0}, wrong{0};
  CpuFunction& node = kernel([&](std::uint64_t) {
    if (before != 1) ++wrong;
    ++inside;
  });
  for (int i = 0; i < 50; ++i) graph->add(launch(node, 3), {}, 0);
  stream->enqueue(launch(kernel([&](std::uint64_t) { ++before; })), 0);
  graph->launch(*stream);
  stream->enqueue(launch(kernel([&](std::uint64_t) {
                    if (inside != 150) ++wrong;
                    ++after;
                  })),
                  0);
  finish(*stream);
  EXPECT_EQ(after, 1);
  EXPECT_EQ(wrong, 0);
}

TEST_F(CpuGraphTest, DoesNotOverlapItselfOnOtherStreams) {
  const auto graph = device().create_graph();
  std::atomic<int> inside{0}, most{0}, ran{0};
  graph->add(launch(kernel([&](std::uint64_t) {
               const int now = ++inside;
               if (now > most) most = now;
               std::this_thread::yield();
               --inside;
               ++ran;
             })),
             {}, 0);
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 4; ++i) streams.push_back(device().create_stream());
  for (int i = 0; i < 200; ++i) graph->launch(*streams[static_cast<std::size_t>(i % 4)]);
  for (const auto& stream : streams) finish(*stream);
  EXPECT_EQ(ran, 200);
  EXPECT_EQ(most, 1);
}

TEST_F(CpuGraphTest, AnUpdateConcernsLaterLaunchesOnly) {
  Gate gate;
  const auto stream = device().create_stream();
  const auto graph = device().create_graph();
  std::vector<int> ran;
  const auto append = [&](int value) -> CpuFunction& {
    return kernel([&ran, value](std::uint64_t) { ran.push_back(value); });
  };
  graph->add(launch(append(0)), {}, 0);
  const Graph::Node second = graph->add(launch(append(1)), {{0}}, 0);
  stream->enqueue(gate.command(), 0);
  std::vector<int> expected;
  for (int i = 1; i <= 5; ++i) {
    graph->launch(*stream);
    expected.insert(expected.end(), {0, i});
    graph->update(second, launch(append(i + 1)), 0);
  }
  gate.open();
  finish(*stream);
  EXPECT_EQ(ran, expected);
}

TEST_F(CpuGraphTest, MayGrowAfterALaunchAndBeDestroyedDuringOne) {
  Gate gate;
  std::atomic<int> ran{0};
  const auto stream = device().create_stream();
  {
    const auto graph = device().create_graph();
    CpuFunction& node = kernel([&](std::uint64_t) { ++ran; });
    graph->launch(*stream);  // empty
    graph->add(gate.command(), {}, 0);
    graph->launch(*stream);
    graph->add(launch(node), {{0}}, 0);
    graph->launch(*stream);
  }
  EXPECT_EQ(ran, 0);
  gate.open();
  finish(*stream);
  EXPECT_EQ(ran, 1);
}

TEST_F(CpuGraphTest, AFailedNodeNamesItsTagAndTheOthersRun) {
  std::atomic<bool> ran{false};
  const auto stream = device().create_stream();
  const auto graph = device().create_graph();
  graph->add(launch(kernel([](std::uint64_t) { raise(ErrorCode::KernelFailed, "node"); })), {}, 7);
  graph->add(launch(kernel([&](std::uint64_t) { ran = true; })), {{0}}, 8);
  graph->launch(*stream);
  finish(*stream);
  EXPECT_TRUE(ran);
  const std::optional<Failure> failure = device().take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->tag, 7u);
}

TEST_F(CpuGraphTest, RefusesNodesThatAreNotThereAndOtherKinds) {
  const auto graph = device().create_graph();
  CpuFunction& nothing = kernel([](std::uint64_t) {});
  EXPECT_THROW(graph->add(launch(nothing), {{0}}, 0), Error);
  graph->add(launch(nothing), {}, 0);
  EXPECT_THROW(graph->update(1, launch(nothing), 0), Error);
  EXPECT_THROW(graph->update(0, FillCommand{}, 0), Error);
}

}  // namespace
}  // namespace sennit::cpu
