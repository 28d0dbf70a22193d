// graph/predecessors.h: what an operation comes after in the program, wherever its arrays are.
//
// Work waits for what the frontier of its own replicas says. A policy that goes by the program's
// graph, as GrCUDA's do, asks here instead: for the unfinished operations that would be parents if
// every array were in one place, without those that another one of them comes after.
//
// Pure bookkeeping, no device call.
// Thread safety: none; the scheduler's mutex guards it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/access.h"
#include "graph/frontier.h"
#include "graph/node_table.h"

namespace sennit {

class Predecessors {
 public:
  // Of an operation with these accesses that also comes after the nodes `after`: oldest first,
  // each once. Valid until the next call.
  std::span<const NodeId> find(std::span<const Access> accesses, std::span<const NodeId> after);
  // The operation that `find` was last asked about is `node` from now on.
  void add(NodeId node, std::span<const Access> accesses);
  // `node` is done. Nodes that were never added do not mind.
  void complete(NodeId node);
  // The array's id will name another one.
  void forget(ArrayId array) { frontier_.reset(array); }

  // Whether a later operation has taken its place at the end of its stream. REQUIRES: `node` was
  // added and is not done.
  bool followed(NodeId node) const { return known_[slot_of(inner_[slot_of(node)])].followed; }
  void follow(NodeId node) { known_[slot_of(inner_[slot_of(node)])].followed = true; }

 private:
  struct Known {
    NodeId node = kNoNode;        // as the caller names it
    std::vector<NodeId> parents;  // as this table names them
    bool followed = false;
  };
  void drop_reachable();

  // A table of its own: references from here must not look like somebody who may wait.
  NodeTable nodes_;
  Frontier frontier_{nodes_};
  std::vector<Known> known_;   // by slot of `nodes_`
  std::vector<NodeId> inner_;  // by slot of the caller's node
  ParentSet set_;
  std::vector<NodeId> parents_;  // of the last `find`, as this table names them
  std::vector<NodeId> found_;
  std::vector<NodeId> stack_;
};

}  // namespace sennit
