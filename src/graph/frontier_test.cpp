// graph/frontier_test.cpp: what waits for what, drawn.
//
// In the drawings time goes from left to right; `-->` is a dependency that `collect` must find,
// and where there is no arrow there must be none.

#include "graph/frontier.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <vector>

namespace sennit {
namespace {

constexpr ResourceId kX = 0, kY = 1, kZ = 2;
constexpr ByteRange kWhole{0, 100}, kLower{0, 50}, kUpper{50, 100}, kMiddle{25, 75};

struct Use {
  ResourceId resource;
  AccessMode mode;
  ByteRange range;
};
Use read(ResourceId resource, ByteRange range = kWhole) {
  return {resource, AccessMode::Read, range};
}
Use overwrite(ResourceId resource, ByteRange range = kWhole) {
  return {resource, AccessMode::Overwrite, range};
}
Use update(ResourceId resource, ByteRange range = kWhole) {
  return {resource, AccessMode::ReadWrite, range};
}

class FrontierTest : public ::testing::Test {
 protected:
  using Nodes = std::vector<NodeId>;

  // What the scheduler does with an operation: decide, then commit.
  NodeId submit(std::initializer_list<Use> uses, std::initializer_list<NodeId> after = {}) {
    collect(uses);
    for (const NodeId node : after) frontier_.collect_node(node, set_);
    const NodeId node = nodes_.create();
    for (const Use& use : uses) frontier_.advance(use.resource, use.range, use.mode, node);
    for (const ParentSet::Parent& parent : set_.parents) {
      parents_[node].push_back(parent.node);
      if (parent.data) inherited_[node].push_back(parent.node);
    }
    return node;
  }
  void collect(std::initializer_list<Use> uses) {
    set_.start(nodes_);
    for (const Use& use : uses) frontier_.collect(use.resource, use.range, use.mode, set_);
  }
  bool superseded(NodeId node, std::initializer_list<Use> uses) {
    collect(uses);
    return frontier_.would_supersede(node, set_);
  }

  const Nodes& parents(NodeId node) { return parents_[node]; }
  // The parents whose failure the node inherits.
  const Nodes& inherited(NodeId node) { return inherited_[node]; }
  void complete(NodeId node) { nodes_.complete(node); }
  void complete_failed(NodeId node) {
    nodes_.entry(node).failed = true;
    nodes_.complete(node);
  }
  Nodes writers(ResourceId resource, ByteRange range = kWhole) {
    Nodes found;
    frontier_.writers(resource, range, found);
    return found;
  }
  Nodes users(ResourceId resource) {
    Nodes found;
    frontier_.users(resource, found);
    return found;
  }

  void TearDown() override {
    for (std::uint32_t slot = 0; slot < nodes_.slot_count(); ++slot) {
      if (nodes_.in_flight(nodes_.at_slot(slot))) nodes_.complete(nodes_.at_slot(slot));
    }
    for (const ResourceId resource : {kX, kY, kZ}) frontier_.reset(resource);
    EXPECT_EQ(nodes_.size(), 0u) << "nodes leaked";
  }

  NodeTable nodes_;
  Frontier frontier_{nodes_};
  ParentSet set_;
  std::map<NodeId, Nodes> parents_, inherited_;
};

// ---- The three dependencies, and the one that is none ------------------------------------------

//   [w1: x] --> [r2: x]
TEST_F(FrontierTest, AReadWaitsForTheWriterAndInheritsItsFailure) {
  const NodeId w1 = submit({overwrite(kX)});
  const NodeId r2 = submit({read(kX)});
  EXPECT_EQ(parents(w1), Nodes{});
  EXPECT_EQ(parents(r2), Nodes{w1});
  EXPECT_EQ(inherited(r2), Nodes{w1});
}

//   [r1: x] --> [w2: x]
TEST_F(FrontierTest, AWriteWaitsForTheReaderButDoesNotInheritItsFailure) {
  const NodeId r1 = submit({read(kX)});
  const NodeId w2 = submit({update(kX)});
  EXPECT_EQ(parents(w2), Nodes{r1});
  EXPECT_EQ(inherited(w2), Nodes{});
}

//   [w1: x] --> [w2: x]
TEST_F(FrontierTest, AWriteWaitsForTheWriterAndInheritsOnlyIfItReadsTheBytes) {
  const NodeId w1 = submit({update(kX)});
  const NodeId w2 = submit({update(kX)});
  const NodeId w3 = submit({overwrite(kX)});
  EXPECT_EQ(parents(w2), Nodes{w1});
  EXPECT_EQ(inherited(w2), Nodes{w1});
  EXPECT_EQ(parents(w3), Nodes{w2});
  EXPECT_EQ(inherited(w3), Nodes{});
}

//   [w1] --> [r2] --.
//     \----> [r3] --+--> [w4] --> [r5]
TEST_F(FrontierTest, ReadersOverlapAndTheNextWriterWaitsForBoth) {
  const NodeId w1 = submit({overwrite(kX)});
  const NodeId r2 = submit({read(kX)});
  const NodeId r3 = submit({read(kX)});
  const NodeId w4 = submit({overwrite(kX)});
  const NodeId r5 = submit({read(kX)});
  EXPECT_EQ(parents(r2), Nodes{w1});
  EXPECT_EQ(parents(r3), Nodes{w1});
  EXPECT_EQ(parents(w4), (Nodes{w1, r3, r2}));
  EXPECT_EQ(parents(r5), Nodes{w4});
}

//   [1: x]    [2: y]    [3: z]
TEST_F(FrontierTest, DifferentResourcesAreIndependent) {
  submit({update(kX)});
  EXPECT_EQ(parents(submit({update(kY)})), Nodes{});
  EXPECT_EQ(parents(submit({update(kZ), read(kZ)})), Nodes{});
}

//   [1: x] --.
//   [2: y] --+--> [3: x, y, z]
TEST_F(FrontierTest, AnOperationWaitsForTheParentsOfAllItsAccesses) {
  const NodeId n1 = submit({update(kX)});
  const NodeId n2 = submit({update(kY)});
  const NodeId n3 = submit({read(kX), overwrite(kY), update(kZ)});
  EXPECT_EQ(parents(n3), (Nodes{n1, n2}));
  EXPECT_EQ(inherited(n3), Nodes{n1});
}

//   [w1: x, y] --> [r2: x, y]     one arrow, though met twice
TEST_F(FrontierTest, AParentIsFoundOnceAndInheritedIfAnyOfItsBytesAreRead) {
  const NodeId w1 = submit({overwrite(kX), overwrite(kY)});
  const NodeId n2 = submit({overwrite(kX), read(kY)});
  EXPECT_EQ(parents(n2), Nodes{w1});
  EXPECT_EQ(inherited(n2), Nodes{w1});
}

//   [1: x] --> [2: y, after 1]
TEST_F(FrontierTest, ANamedPredecessorIsAParentOnceAndOnlyWhileInFlight) {
  const NodeId n1 = submit({update(kX)});
  EXPECT_EQ(parents(submit({update(kY)}, {n1})), Nodes{n1});
  EXPECT_EQ(parents(submit({read(kX)}, {n1, n1})), Nodes{n1});
  complete(n1);
  EXPECT_EQ(parents(submit({update(kZ)}, {n1})), Nodes{});
}

// ---- Slices ------------------------------------------------------------------------------------

//   [w1: x[0:50]]
//   [w2: x[50:100]]
TEST_F(FrontierTest, DisjointSlicesAreIndependent) {
  submit({update(kX, kLower)});
  EXPECT_EQ(parents(submit({update(kX, kUpper)})), Nodes{});
}

//   [w1: x[0:50]] ----.
//   [w2: x[50:100]] --+--> [w3: x[25:75]] --> [r4: x[74:75]]
TEST_F(FrontierTest, OverlappingSlicesDependOnEachOther) {
  const NodeId w1 = submit({update(kX, kLower)});
  const NodeId w2 = submit({update(kX, kUpper)});
  const NodeId w3 = submit({update(kX, kMiddle)});
  EXPECT_EQ(parents(w3), (Nodes{w1, w2}));
  EXPECT_EQ(parents(submit({read(kX, {74, 75})})), Nodes{w3});
  EXPECT_EQ(parents(submit({read(kX, {75, 76})})), Nodes{w2});
  EXPECT_EQ(parents(submit({read(kX, {24, 25})})), Nodes{w1});
}

//              .--> [w2: x[0:50]] ----.
//   [w1: x] ---+--> [w3: x[50:100]] --+--> [r4: x]
TEST_F(FrontierTest, SlicesForkFromAWholeWriterAndJoinInAWholeReader) {
  const NodeId w1 = submit({overwrite(kX)});
  const NodeId w2 = submit({update(kX, kLower)});
  const NodeId w3 = submit({update(kX, kUpper)});
  const NodeId r4 = submit({read(kX)});
  EXPECT_EQ(parents(w2), Nodes{w1});
  EXPECT_EQ(parents(w3), Nodes{w1});
  EXPECT_EQ(parents(r4), (Nodes{w2, w3}));
  EXPECT_EQ(frontier_.segment_count(kX), 2u);
}

TEST_F(FrontierTest, AWholeWriteMakesOneSegmentOfAllSlices) {
  for (std::size_t at = 0; at < 100; at += 10) submit({update(kX, {at, at + 10})});
  EXPECT_EQ(frontier_.segment_count(kX), 10u);
  EXPECT_EQ(parents(submit({overwrite(kX)})).size(), 10u);
  EXPECT_EQ(frontier_.segment_count(kX), 1u);
}

//   [r1: x] --> [w2: x[0:50]]
//      \------> [w3: x[50:100]]
TEST_F(FrontierTest, AReaderThatIsSplitIsWaitedForOnBothSides) {
  const NodeId r1 = submit({read(kX)});
  EXPECT_EQ(parents(submit({update(kX, kLower)})), Nodes{r1});
  EXPECT_EQ(parents(submit({update(kX, kUpper)})), Nodes{r1});
}

//   [w1: x[40:60]] --> [r2: x] --> [w3: x[0:10]]
TEST_F(FrontierTest, AReadOfBytesNeverAccessedIsRememberedToo) {
  const NodeId w1 = submit({update(kX, {40, 60})});
  const NodeId r2 = submit({read(kX)});
  EXPECT_EQ(parents(r2), Nodes{w1});
  EXPECT_EQ(parents(submit({update(kX, {0, 10})})), Nodes{r2});
  EXPECT_EQ(parents(submit({update(kX, {90, 100})})), Nodes{r2});
}

TEST_F(FrontierTest, EmptyRangesTouchNothing) {
  const NodeId w1 = submit({update(kX)});
  EXPECT_EQ(parents(submit({update(kX, {50, 50})})), Nodes{});
  EXPECT_EQ(writers(kX, {50, 50}), Nodes{});
  EXPECT_EQ(writers(kX), Nodes{w1});
  EXPECT_EQ(frontier_.segment_count(kX), 1u);
}

// ---- One array through several arguments of one operation --------------------------------------

//   [1: x in, x in] --> [2: x in, x inout] --> [3: x]
TEST_F(FrontierTest, AnOperationNeverWaitsForItselfAndIsWaitedForOnce) {
  const NodeId n1 = submit({read(kX), read(kX), read(kX, kLower), read(kX, kUpper)});
  EXPECT_EQ(users(kX), (Nodes{n1, n1})) << "once for each segment";
  const NodeId n2 = submit({read(kX), update(kX, kMiddle), update(kX)});
  const NodeId n3 = submit({update(kX), read(kX)});
  EXPECT_EQ(parents(n1), Nodes{});
  EXPECT_EQ(parents(n2), Nodes{n1});
  EXPECT_EQ(parents(n3), Nodes{n2});
  EXPECT_EQ(users(kX), Nodes{n3}) << "its write covers what it read";
}

// ---- Retirement --------------------------------------------------------------------------------

//   (w1)  (r2)  [w3] --> [r4]     retired nodes in parentheses
TEST_F(FrontierTest, RetiredNodesAreForgotten) {
  const NodeId w1 = submit({update(kX)});
  const NodeId r2 = submit({read(kX)});
  complete(w1);
  complete(r2);
  const NodeId w3 = submit({update(kX)});
  EXPECT_EQ(parents(w3), Nodes{});
  EXPECT_EQ(parents(submit({read(kX)})), Nodes{w3});
}

TEST_F(FrontierTest, ResetForgetsWhatWasAccessed) {
  submit({update(kX)});
  submit({read(kX)});
  frontier_.reset(kX);
  EXPECT_EQ(users(kX), Nodes{});
  EXPECT_EQ(parents(submit({update(kX)})), Nodes{});
}

TEST_F(FrontierTest, AMillionReadersOfOneWriterTakeBoundedMemory) {
  for (int i = 0; i < 1'000'000; ++i) {
    collect({read(kX)});
    const NodeId reader = nodes_.create();
    frontier_.advance(kX, kWhole, AccessMode::Read, reader);
    complete(reader);
  }
  EXPECT_LE(frontier_.reader_capacity(), 16u);
  EXPECT_EQ(nodes_.slot_count(), 1u);
}

TEST_F(FrontierTest, ReadersThatAWriteReplacesTakeBoundedMemory) {
  for (int i = 0; i < 1000; ++i) {
    const NodeId reader = submit({read(kX)});
    complete(submit({update(kX)}));
    complete(reader);
  }
  EXPECT_LE(frontier_.reader_capacity(), 16u);
}

TEST_F(FrontierTest, SlicesInEverNewPlacesTakeBoundedMemory) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < 100'000; ++i) {
    const std::size_t begin = i * 7919 % 1'000'000;
    const NodeId node = submit({update(kX, {begin, begin + 10})});
    most = std::max(most, frontier_.segment_count(kX));
    complete(node);
  }
  EXPECT_LE(most, 64u);
}

//   [w1: x] --+--> [r2: x]
//             +--> [r3: x], then windows are read at ever new places while these are in flight
TEST_F(FrontierTest, WindowsThatWereReadJoinAgain) {
  const NodeId w1 = submit({overwrite(kX, {0, 1'000'000})});
  const NodeId r2 = submit({read(kX, {0, 1'000'000})});
  const NodeId r3 = submit({read(kX, {0, 1'000'000})});
  std::size_t most = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    const NodeId window = submit({read(kX, {i * 997, i * 997 + 100})});
    EXPECT_EQ(parents(window), Nodes{w1});
    most = std::max(most, frontier_.segment_count(kX));
    complete(window);
  }
  EXPECT_LE(most, 64u);
  EXPECT_EQ(parents(submit({update(kX, {0, 1'000'000})})), (Nodes{w1, r3, r2}));
}

//   [r1: x[0:50]]    [r2: x[50:100]] --> [w3: x[50:100]]
TEST_F(FrontierTest, NeighboursWithDifferentReadersAreNotJoined) {
  submit({read(kX, kLower)});
  const NodeId r2 = submit({read(kX, kUpper)});
  for (std::size_t i = 0; i < 100; ++i) complete(submit({update(kX, {1000, 1001 + i})}));
  EXPECT_EQ(parents(submit({update(kX, kUpper)})), Nodes{r2});
}

// ---- Failures ----------------------------------------------------------------------------------

//   (w1 failed: x) --> [r2: x]     nothing to wait for, but a failure to inherit
TEST_F(FrontierTest, AFailedWriterStaysForReadersUntilItsBytesAreOverwritten) {
  const NodeId w1 = submit({update(kX)});
  complete_failed(w1);
  EXPECT_EQ(inherited(submit({read(kX)})), Nodes{w1});
  EXPECT_EQ(parents(submit({overwrite(kX)})).size(), 1u) << "only the reader is in flight";
  EXPECT_FALSE(nodes_.alive(w1));
  EXPECT_EQ(nodes_.size(), 2u);
}

TEST_F(FrontierTest, AFailedWriterStaysForThePartsThatAreNotOverwritten) {
  const NodeId w1 = submit({update(kX)});
  complete_failed(w1);
  const NodeId w2 = submit({overwrite(kX, kMiddle)});
  EXPECT_EQ(parents(w2), Nodes{});
  EXPECT_EQ(inherited(submit({read(kX, kLower)})), (Nodes{w1, w2}));
  EXPECT_EQ(inherited(submit({read(kX, {30, 40})})), Nodes{w2});
  EXPECT_TRUE(nodes_.alive(w1));
  submit({overwrite(kX, {0, 25})});
  EXPECT_TRUE(nodes_.alive(w1));
  submit({overwrite(kX, {75, 100})});
  EXPECT_FALSE(nodes_.alive(w1));
}

TEST_F(FrontierTest, AFailedReaderIsForgottenAtOnce) {
  for (int i = 0; i < 100; ++i) complete_failed(submit({read(kX)}));
  EXPECT_EQ(nodes_.size(), 0u);
  EXPECT_LE(frontier_.reader_capacity(), 16u);
}

//   (1 failed: x in, y out) ... [2: x[0:50]]     1 is kept for y, and forgotten as a reader of x
TEST_F(FrontierTest, WhatAFailedWriterReadIsForgotten) {
  const NodeId n1 = submit({read(kX), update(kY)});
  complete_failed(n1);
  EXPECT_EQ(parents(submit({update(kX, kLower)})), Nodes{});
  EXPECT_TRUE(nodes_.alive(n1));
  EXPECT_EQ(nodes_.entry(n1).frontier_references, 1u);
}

TEST_F(FrontierTest, AFailedWriterIsGivenBackWithItsArray) {
  const NodeId w1 = submit({update(kX), update(kY, kLower)});
  complete_failed(w1);
  frontier_.reset(kX);
  EXPECT_TRUE(nodes_.alive(w1));
  frontier_.reset(kY);
  EXPECT_FALSE(nodes_.alive(w1));
}

// ---- Who needs an event behind a node ----------------------------------------------------------

//   [1: x] --> [2: x]     a chain in place: nobody else can ever depend on 1
TEST_F(FrontierTest, AnInPlaceSuccessorSupersedes) {
  const NodeId n1 = submit({update(kX), read(kY)});
  EXPECT_TRUE(superseded(n1, {update(kX), update(kY)}));
  EXPECT_FALSE(superseded(n1, {update(kX)})) << "a writer of y must still wait for it";
  EXPECT_FALSE(superseded(n1, {update(kX), read(kY)}));
  EXPECT_FALSE(superseded(n1, {read(kX), read(kY)}));
}

//   [1: x -> y] --> [2: y -> x]     a reader of y may still come
TEST_F(FrontierTest, APingPongDoesNotSupersede) {
  const NodeId n1 = submit({read(kX), overwrite(kY)});
  EXPECT_FALSE(superseded(n1, {read(kY), overwrite(kX)}));
}

TEST_F(FrontierTest, APartialOverwriteDoesNotSupersede) {
  const NodeId n1 = submit({overwrite(kX)});
  EXPECT_FALSE(superseded(n1, {overwrite(kX, kLower)}));
  EXPECT_FALSE(superseded(n1, {overwrite(kX, {0, 99})}));
  EXPECT_TRUE(superseded(n1, {overwrite(kX, {0, 101})}));
  submit({read(kX, kMiddle)});  // three segments now
  EXPECT_FALSE(superseded(n1, {overwrite(kX, kMiddle)}));
  EXPECT_TRUE(superseded(n1, {overwrite(kX)}));
}

TEST_F(FrontierTest, CoveringOneSegmentTwiceIsNotCoveringTwo) {
  const NodeId n1 = submit({overwrite(kX), overwrite(kY)});
  EXPECT_FALSE(superseded(n1, {overwrite(kX), update(kX)}));
  EXPECT_TRUE(superseded(n1, {overwrite(kX), update(kX), overwrite(kY)}));
}

// ---- Questions ---------------------------------------------------------------------------------

TEST_F(FrontierTest, WritersAreListedInPlaceOrderAndReadersAreNot) {
  const NodeId upper = submit({update(kX, kUpper)});
  const NodeId lower = submit({update(kX, kLower)});
  submit({read(kX)});
  EXPECT_EQ(writers(kX), (Nodes{lower, upper}));
  EXPECT_EQ(writers(kX, {60, 70}), Nodes{upper});
  complete(lower);
  EXPECT_EQ(writers(kX), Nodes{upper});
  complete_failed(upper);
  EXPECT_EQ(writers(kX), Nodes{upper}) << "whoever reads must learn of the failure";
}

TEST_F(FrontierTest, UsersAreAllThatStillTouchTheMemory) {
  const NodeId w1 = submit({update(kX)});
  const NodeId r2 = submit({read(kX)});
  const NodeId r3 = submit({read(kX)});
  EXPECT_EQ(users(kX), (Nodes{w1, r3, r2}));
  EXPECT_EQ(users(kY), Nodes{});
  complete(r2);
  complete_failed(w1);
  EXPECT_EQ(users(kX), Nodes{r3});
}

}  // namespace
}  // namespace sennit
