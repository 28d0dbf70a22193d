// graph/predecessors_test.cpp: the program's own graph, whatever the replicas.
#include "graph/predecessors.h"

#include <gtest/gtest.h>

namespace sennit {
namespace {

constexpr ByteRange kAll{0, 64}, kLower{0, 32}, kUpper{32, 64};
constexpr AccessMode kRead = AccessMode::Read, kWrite = AccessMode::ReadWrite;

class PredecessorsTest : public ::testing::Test {
 protected:
  NodeId add(std::vector<Access> accesses, std::vector<NodeId> after = {}) {
    find(accesses, after);
    const NodeId node = nodes_.create();
    predecessors_.add(node, accesses);
    return node;
  }
  std::vector<NodeId> find(const std::vector<Access>& accesses, std::vector<NodeId> after = {}) {
    const auto found = predecessors_.find(accesses, after);
    return {found.begin(), found.end()};
  }
  void complete(NodeId node) {
    predecessors_.complete(node);
    nodes_.complete(node);
  }

  NodeTable nodes_;  // the scheduler's
  Predecessors predecessors_;
};

using Nodes = std::vector<NodeId>;

//   [w x] --> [r x] --> [w x]
TEST_F(PredecessorsTest, AWriterThatWasReadIsReachedThroughItsReaders) {
  const NodeId writer = add({{0, kWrite, kAll}});
  EXPECT_EQ(find({{0, kWrite, kAll}}), Nodes{writer});
  const NodeId first = add({{0, kRead, kAll}});
  const NodeId second = add({{0, kRead, kAll}});
  EXPECT_EQ(find({{0, kRead, kAll}}), Nodes{writer});
  EXPECT_EQ(find({{0, kWrite, kAll}}), (Nodes{first, second}));
}

//   [a: x y] --> [b: x] --> [c: x z] --> [d: z]     who uses y and z comes after d, through it
//   after a
//        `-------------------------------> [y z]
TEST_F(PredecessorsTest, AnAncestorIsLeftOutHoweverFarItIs) {
  const NodeId a = add({{0, kWrite, kAll}, {1, kWrite, kAll}});
  add({{0, kWrite, kAll}});
  add({{0, kWrite, kAll}, {2, kWrite, kAll}});
  const NodeId d = add({{2, kWrite, kAll}});
  EXPECT_EQ(find({{1, kWrite, kAll}}), Nodes{a});
  EXPECT_EQ(find({{1, kWrite, kAll}, {2, kWrite, kAll}}), Nodes{d});
}

TEST_F(PredecessorsTest, OldestComesFirstWhateverTheOrderOfTheAccesses) {
  const NodeId first = add({{0, kWrite, kAll}});
  const NodeId second = add({{1, kWrite, kAll}});
  EXPECT_EQ(find({{1, kRead, kAll}, {0, kRead, kAll}}), (Nodes{first, second}));
}

TEST_F(PredecessorsTest, OnlyBytesThatOverlapCount) {
  const NodeId lower = add({{0, kWrite, kLower}});
  const NodeId upper = add({{0, kWrite, kUpper}});
  EXPECT_EQ(find({{0, kWrite, kLower}}), Nodes{lower});
  EXPECT_EQ(find({{0, kWrite, kAll}}), (Nodes{lower, upper}));
}

TEST_F(PredecessorsTest, WhatIsDoneIsNoPredecessorAndItsNameMayBeAnothers) {
  const NodeId old = add({{0, kWrite, kAll}});
  predecessors_.follow(old);
  complete(old);
  EXPECT_EQ(find({{0, kWrite, kAll}}), Nodes{});
  const NodeId transfer = nodes_.create();  // takes the slot, and is not added
  ASSERT_EQ(slot_of(transfer), slot_of(old));
  EXPECT_EQ(find({}, {transfer}), Nodes{});
  complete(transfer);
  const NodeId fresh = add({{0, kWrite, kAll}});
  EXPECT_FALSE(predecessors_.followed(fresh));
  complete(old);  // again: means nobody
  EXPECT_EQ(find({{0, kWrite, kAll}}), Nodes{fresh});
}

TEST_F(PredecessorsTest, ANamedPredecessorIsOne) {
  const NodeId named = add({{0, kWrite, kAll}});
  const NodeId other = add({{1, kWrite, kAll}}, {named});
  EXPECT_EQ(find({{1, kWrite, kAll}}, {named}), Nodes{other});
}

TEST_F(PredecessorsTest, AForgottenArrayHasNone) {
  const NodeId node = add({{0, kWrite, kAll}});
  predecessors_.forget(0);
  EXPECT_EQ(find({{0, kWrite, kAll}}), Nodes{});
  EXPECT_FALSE(predecessors_.followed(node));
}

}  // namespace
}  // namespace sennit
