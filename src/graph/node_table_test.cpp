// graph/node_table_test.cpp: names of nodes, and when their slots are given back.

#include "graph/node_table.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace sennit {
namespace {

TEST(NodeTable, CountsSubmissionsFromOneAndOrdersIdsByThem) {
  NodeTable nodes;
  const NodeId first = nodes.create();
  const NodeId second = nodes.create();
  EXPECT_EQ(number_of(first), 1u);
  EXPECT_EQ(number_of(second), 2u);
  nodes.complete(first);
  const NodeId third = nodes.create();
  EXPECT_EQ(slot_of(third), slot_of(first));
  EXPECT_LT(second, third) << "a later submission has the greater id, whatever its slot";
  EXPECT_EQ(nodes.submitted(), 3u);
}

TEST(NodeTable, NeverRepeatsAnIdAlthoughItReusesSlots) {
  NodeTable nodes;
  std::set<NodeId> seen;
  std::vector<NodeId> live;
  for (int step = 0; step < 10000; ++step) {
    live.push_back(nodes.create());
    EXPECT_TRUE(seen.insert(live.back()).second);
    if (live.size() < 10) continue;
    const auto victim = live.begin() + step % 10;  // out of order
    nodes.complete(*victim);
    live.erase(victim);
  }
  EXPECT_EQ(nodes.size(), 9u);
  EXPECT_EQ(nodes.slot_count(), 10u);
}

TEST(NodeTable, KnowsARetiredNodeFromTheOneThatTookItsSlot) {
  NodeTable nodes;
  const NodeId old = nodes.create();
  EXPECT_TRUE(nodes.complete(old));
  EXPECT_FALSE(nodes.alive(old));
  const NodeId fresh = nodes.create();
  ASSERT_EQ(slot_of(fresh), slot_of(old));
  EXPECT_FALSE(nodes.alive(old));
  EXPECT_TRUE(nodes.alive(fresh));
  EXPECT_EQ(nodes.at_slot(slot_of(fresh)), fresh);
  EXPECT_FALSE(nodes.alive(kNoNode));
}

TEST(NodeTable, StartsEachNodeWithAnEmptyEntry) {
  NodeTable nodes;
  const NodeId old = nodes.create();
  nodes.add_writer(old);
  nodes.add_reader(old);
  nodes.entry(old).stamp = nodes.next_stamp();
  nodes.entry(old).removable = 2;
  nodes.complete(old);
  const NodeTable::Entry& entry = nodes.entry(nodes.create());
  EXPECT_EQ(entry.frontier_references, 0u);
  EXPECT_EQ(entry.frontier_writes, 0u);
  EXPECT_EQ(entry.stamp, 0u);
  EXPECT_EQ(entry.removable, 0u);
  EXPECT_FALSE(entry.failed);
  EXPECT_FALSE(entry.complete);
}

TEST(NodeTable, GivesTheSlotOfAnAbandonedNodeBack) {
  NodeTable nodes;
  const NodeId node = nodes.create();
  nodes.abandon(node);
  EXPECT_FALSE(nodes.alive(node));
  EXPECT_EQ(nodes.size(), 0u);
  EXPECT_GT(nodes.create(), node);
}

TEST(NodeTable, KeepsAFailedNodeWhileItIsAWriter) {
  NodeTable nodes;
  const NodeId node = nodes.create();
  nodes.add_writer(node);
  nodes.add_writer(node);
  nodes.add_reader(node);
  nodes.entry(node).failed = true;
  EXPECT_FALSE(nodes.complete(node));
  EXPECT_TRUE(nodes.alive(node));
  EXPECT_FALSE(nodes.in_flight(node));
  nodes.drop_writer(node);
  EXPECT_TRUE(nodes.alive(node));
  nodes.drop_writer(node);
  EXPECT_FALSE(nodes.alive(node)) << "what it read does not matter any more";
  EXPECT_EQ(nodes.size(), 0u);
}

TEST(NodeTable, DoesNotKeepAFailedNodeThatOnlyRead) {
  NodeTable nodes;
  const NodeId node = nodes.create();
  nodes.add_reader(node);
  nodes.entry(node).failed = true;
  EXPECT_TRUE(nodes.complete(node));
  EXPECT_EQ(nodes.size(), 0u);
}

TEST(NodeTable, KeepsAFailedNodeUntilItIsCompleteEvenIfNothingRefersToIt) {
  NodeTable nodes;
  const NodeId node = nodes.create();
  nodes.add_writer(node);
  nodes.entry(node).failed = true;
  nodes.drop_writer(node);
  EXPECT_TRUE(nodes.in_flight(node));
  EXPECT_TRUE(nodes.complete(node));
}

TEST(NodeTable, IgnoresReferencesThatOutliveTheirNode) {
  NodeTable nodes;
  const NodeId old = nodes.create();
  nodes.add_writer(old);
  nodes.add_reader(old);
  nodes.complete(old);
  const NodeId fresh = nodes.create();
  nodes.add_writer(fresh);
  nodes.drop_writer(old);
  nodes.drop_reader(old);
  EXPECT_EQ(nodes.entry(fresh).frontier_references, 1u);
  EXPECT_EQ(nodes.entry(fresh).frontier_writes, 1u);
}

TEST(NodeTable, RefusesMoreNodesThanIdsHaveSlotsFor) {
  NodeTable nodes;
  for (std::uint32_t i = 0; i < NodeTable::kMaxNodes; ++i) nodes.create();
  EXPECT_THROW(nodes.create(), Error);
  EXPECT_EQ(nodes.size(), NodeTable::kMaxNodes);
  nodes.complete(nodes.at_slot(77));
  EXPECT_EQ(slot_of(nodes.create()), 77u);
}

}  // namespace
}  // namespace sennit
