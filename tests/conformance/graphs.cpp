// conformance/graphs.cpp: graphs run their nodes in order, again and again, with updates.
#include "conformance/conformance.h"

namespace sennit::conformance {
namespace {

class Graphs : public Conformance {
 protected:
  Command append(const Buffer<int>& log, int id) {
    arguments_.push_back(std::make_unique<Arguments>(log.data(), id));
    return launch(function("append"), *arguments_.back());
  }
  Command multiply_add(const Buffer<int>& to, const Buffer<int>& from, int factor, int term) {
    arguments_.push_back(
        std::make_unique<Arguments>(to.data(), static_cast<const int*>(from.data()), factor, term));
    return launch(function("multiply_add"), *arguments_.back());
  }

 private:
  std::vector<std::unique_ptr<Arguments>> arguments_;
};
SENNIT_CONFORMANCE_SUITE(Graphs);

//   [x] --> [y] --.
//     \---> [z] --+--> [w]
TEST_P(Graphs, NodesRunBehindTheirDependencies) {
  const Buffer<int> seed(*this, 1, 2), x(*this, 1), y(*this, 1), z(*this, 1), log(*this, 101);
  const auto s = stream();
  const auto graph = device().create_graph();
  const Graph::Node nx = graph->add(multiply_add(x, seed, 1, 1), {}, 0);
  const Graph::Node ny = graph->add(multiply_add(y, x, 2, 0), {{nx}}, 0);
  const Graph::Node nz = graph->add(multiply_add(z, x, 3, 0), {{nx}}, 0);
  const Graph::Node copy =
      graph->add(CopyCommand{seed.data(), z.data(), sizeof(int), 0, 0}, {{ny, nz}}, 0);
  graph->add(append(log, 1), {{copy}}, 0);
  int expected = 2;
  for (int i = 0; i < 10; ++i) {
    graph->launch(*s);
    expected = (expected + 1) * 3;
  }
  finish(*s);
  EXPECT_EQ(seed.read().front(), expected);
  EXPECT_EQ(log.read().front(), 10);
}

// The first takes its time, the last undoes it: who does not wait reads the zero.
//   [x = 5, late] --> [y = x * 2] --.
//             \-----> [z = x * 3] --+--> [x = 0]
TEST_P(Graphs, NodesWaitForLateOnes) {
  const Buffer<int> x(*this, 1), y(*this, 1), z(*this, 1);
  const auto s = stream();
  const auto graph = device().create_graph();
  const Arguments late(x.data(), 5, 1000000);
  const Graph::Node nx = graph->add(launch(function("store_late"), late), {}, 0);
  const Graph::Node ny = graph->add(multiply_add(y, x, 2, 0), {{nx}}, 0);
  const Graph::Node nz = graph->add(multiply_add(z, x, 3, 0), {{nx}}, 0);
  graph->add(FillCommand{x.data(), sizeof(int), {}, 4}, {{ny, nz}}, 0);
  for (int i = 0; i < 5; ++i) graph->launch(*s);
  finish(*s);
  EXPECT_EQ(y.read().front(), 10);
  EXPECT_EQ(z.read().front(), 15);
  EXPECT_EQ(x.read().front(), 0);
}

TEST_P(Graphs, AGraphStandsInItsStreamAsOneCommand) {
  const Buffer<int> log(*this, 10);
  const auto a = stream(), b = stream();
  const auto e = event();
  const auto graph = device().create_graph();
  const Graph::Node first = graph->add(append(log, 2), {}, 0);
  graph->add(append(log, 3), {{first}}, 0);
  run(*a, "append", Arguments(log.data(), 1));
  graph->launch(*a);
  run(*a, "append", Arguments(log.data(), 4));
  a->record(*e);
  b->wait(*e);
  run(*b, "append", Arguments(log.data(), 5));
  finish(*b);
  EXPECT_EQ(log.read(), (std::vector<int>{5, 1, 2, 3, 4, 5, 0, 0, 0, 0}));
}

TEST_P(Graphs, LaunchesOnDifferentStreamsDoNotOverlap) {
  constexpr int kLaunches = 40;
  const Buffer<int> log(*this, 2 * kLaunches + 1);
  const auto a = stream(), b = stream();
  const auto graph = device().create_graph();
  const Graph::Node first = graph->add(append(log, 1), {}, 0);
  graph->add(append(log, 2), {{first}}, 0);
  for (int i = 0; i < kLaunches; ++i) graph->launch(i % 2 == 0 ? *a : *b);
  finish(*a);
  finish(*b);
  const std::vector<int> ids = log.read();
  ASSERT_EQ(ids[0], 2 * kLaunches);
  for (std::size_t i = 1; i < ids.size(); ++i) EXPECT_EQ(ids[i], i % 2 == 1 ? 1 : 2);
}

TEST_P(Graphs, UpdatesConcernLaterLaunches) {
  const Buffer<int> log(*this, 20);
  const auto s = stream();
  const auto graph = device().create_graph();
  const Graph::Node first = graph->add(append(log, 1), {}, 0);
  graph->add(append(log, 9), {{first}}, 0);
  for (int id = 2; id <= 5; ++id) {
    graph->launch(*s);
    graph->update(first, append(log, id), 0);
  }
  graph->launch(*s);
  finish(*s);
  const std::vector<int> ids = log.read();
  EXPECT_EQ(ids[0], 10);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(ids[1 + 2 * i], static_cast<int>(i) + 1);
    EXPECT_EQ(ids[2 + 2 * i], 9);
  }
}

TEST_P(Graphs, FillsCopiesAndHostCallsAreNodesToo) {
  const Buffer<int> x(*this, 1000), y(*this, 1000);
  const auto s = stream();
  const auto graph = device().create_graph();
  int calls = 0;
  FillCommand fill{x.data(), x.bytes(), {}, 4};
  fill.pattern[0] = std::byte{7};
  const Graph::Node filled = graph->add(fill, {}, 0);
  const Graph::Node copied =
      graph->add(CopyCommand{y.data(), x.data(), x.bytes(), 0, 0}, {{filled}}, 0);
  graph->add(HostCallCommand{[](void* user) { ++*static_cast<int*>(user); }, &calls}, {{copied}},
             0);
  graph->launch(*s);
  graph->launch(*s);
  finish(*s);
  EXPECT_EQ(y.read(), std::vector<int>(1000, 7));
  EXPECT_EQ(calls, 2);
}

TEST_P(Graphs, AnEmptyGraphIsDoneAtOnce) {
  const auto s = stream();
  const auto graph = device().create_graph();
  graph->launch(*s);
  finish(*s);
}

TEST_P(Graphs, WideGraphsRunEveryNode) {
  allow_races();  // nodes add atomically to one number
  constexpr int kNodes = 500;
  const Buffer<unsigned long long> total(*this, 1);
  const auto s = stream();
  const auto graph = device().create_graph();
  const Arguments arguments(total.data());
  for (int i = 0; i < kNodes; ++i) {
    graph->add(launch(function("count_threads"), arguments, {2, 1, 1}, {5, 1, 1}), {}, 0);
  }
  for (int i = 0; i < 4; ++i) graph->launch(*s);
  finish(*s);
  EXPECT_EQ(total.read().front(), 4u * kNodes * 10);
}

}  // namespace
}  // namespace sennit::conformance
