// conformance/failures.cpp: what failed is named, in time, and later work goes on.
#include <stdexcept>

#include "conformance/conformance.h"

namespace sennit::conformance {
namespace {

class Failures : public Conformance {};
SENNIT_CONFORMANCE_SUITE(Failures);

TEST_P(Failures, AKernelThatTrapsIsNamedByItsTag) {
  const auto s = stream();
  const auto e = event();
  run(*s, "trap_in_block", Arguments(5), {64, 1, 1}, {32, 1, 1}, 17);
  s->record(*e);
  e->sync();
  const std::optional<Failure> failure = device().take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->tag, 17u);
  EXPECT_EQ(failure->error.code(), ErrorCode::KernelFailed);
  EXPECT_NE(failure->error.message().find("trap_in_block"), std::string::npos)
      << failure->error.message();
  EXPECT_FALSE(device().take_failure());
}

TEST_P(Failures, LaterCommandsOfTheStreamRun) {
  const Buffer<int> log(*this, 3);
  const auto s = stream();
  run(*s, "append", Arguments(log.data(), 1));
  run(*s, "trap_in_block", Arguments(0), {}, {}, 3);
  run(*s, "append", Arguments(log.data(), 2));
  finish(*s);
  EXPECT_EQ(log.read(), (std::vector<int>{2, 1, 2}));
  const std::optional<Failure> failure = device().take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->tag, 3u);
}

TEST_P(Failures, FailuresAreTakenOldestFirst) {
  const auto s = stream();
  for (CommandTag tag = 1; tag <= 5; ++tag) {
    run(*s, "trap_in_block", Arguments(0), {}, {}, tag);
  }
  finish(*s);
  for (CommandTag tag = 1; tag <= 5; ++tag) {
    const std::optional<Failure> failure = device().take_failure();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->tag, tag);
  }
}

TEST_P(Failures, AHostCallThatThrowsFails) {
  const auto s = stream();
  s->enqueue(HostCallCommand{[](void*) { raise(ErrorCode::Unsupported, "not today"); }, nullptr},
             9);
  finish(*s);
  const std::optional<Failure> failure = device().take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->tag, 9u);
  EXPECT_EQ(failure->error.code(), ErrorCode::Unsupported);
  EXPECT_NE(failure->error.message().find("not today"), std::string::npos);
}

TEST_P(Failures, AFailedNodeOfAGraphIsNamedByItsOwnTag) {
  const Buffer<int> log(*this, 2);
  const auto s = stream();
  const auto graph = device().create_graph();
  const Arguments bad(0), good(log.data(), 1);
  const Graph::Node first = graph->add(launch(function("trap_in_block"), bad), {}, 21);
  graph->add(launch(function("append"), good), {{first}}, 22);
  graph->launch(*s);
  finish(*s);
  EXPECT_EQ(log.read().front(), 1);
  const std::optional<Failure> failure = device().take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->tag, 21u);
}

}  // namespace
}  // namespace sennit::conformance
