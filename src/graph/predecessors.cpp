#include "graph/predecessors.h"

#include <algorithm>

namespace sennit {

std::span<const NodeId> Predecessors::find(std::span<const Access> accesses,
                                           std::span<const NodeId> after) {
  set_.start(nodes_);
  for (const Access& access : accesses) {
    frontier_.collect(access.array, access.range, access.mode, set_);
  }
  for (const NodeId node : after) {
    const std::uint32_t slot = slot_of(node);
    if (slot >= inner_.size() || !nodes_.alive(inner_[slot])) continue;
    if (known_[slot_of(inner_[slot])].node == node) frontier_.collect_node(inner_[slot], set_);
  }
  parents_.clear();
  for (const ParentSet::Parent& parent : set_.parents) parents_.push_back(parent.node);
  std::sort(parents_.begin(), parents_.end());
  if (parents_.size() > 1) drop_reachable();
  found_.clear();
  for (const NodeId parent : parents_) found_.push_back(known_[slot_of(parent)].node);
  return found_;
}

// Of the parents, those that are ancestors of another.
void Predecessors::drop_reachable() {
  const NodeId oldest = parents_.front();
  const std::uint32_t reached = nodes_.next_stamp();
  stack_ = parents_;
  while (!stack_.empty()) {
    const NodeId node = stack_.back();
    stack_.pop_back();
    for (const NodeId parent : known_[slot_of(node)].parents) {
      // What is older than all of them leads to none of them.
      if (parent < oldest || !nodes_.alive(parent)) continue;
      NodeTable::Entry& entry = nodes_.entry(parent);
      if (entry.stamp == reached) continue;
      entry.stamp = reached;
      stack_.push_back(parent);
    }
  }
  std::erase_if(parents_, [&](NodeId node) { return nodes_.entry(node).stamp == reached; });
}

void Predecessors::add(NodeId node, std::span<const Access> accesses) {
  const NodeId inner = nodes_.create();
  if (slot_of(inner) >= known_.size()) known_.resize(slot_of(inner) + 1);
  if (slot_of(node) >= inner_.size()) inner_.resize(slot_of(node) + 1);
  inner_[slot_of(node)] = inner;
  Known& known = known_[slot_of(inner)];
  known.node = node;
  known.parents = parents_;
  known.followed = false;
  for (const Access& access : accesses) {
    frontier_.advance(access.array, access.range, access.mode, inner);
  }
}

void Predecessors::complete(NodeId node) {
  const std::uint32_t slot = slot_of(node);
  if (slot >= inner_.size() || !nodes_.alive(inner_[slot])) return;
  if (known_[slot_of(inner_[slot])].node == node) nodes_.complete(inner_[slot]);
}

}  // namespace sennit
