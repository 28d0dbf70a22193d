// graph/node_table.h: names for operations that are not known to be complete.
//
// A node takes a slot when it is submitted and gives it back when it is retired, so memory is
// bounded by what is in flight, not by what was ever submitted. A NodeId carries the submission
// number beside the slot: the id of a retired node is recognised as such in O(1), and nobody has
// to go round and erase it.
//
// Thread safety: none; the scheduler's mutex guards it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"

namespace sennit {

// (submission number << 16) | slot. Ids of later submissions are greater. 0: no node.
using NodeId = std::uint64_t;
inline constexpr NodeId kNoNode = 0;

constexpr std::uint32_t slot_of(NodeId node) { return static_cast<std::uint32_t>(node & 0xffff); }
// Counts submissions from 1: what traces and messages show.
constexpr std::uint64_t number_of(NodeId node) { return node >> 16; }

class NodeTable {
 public:
  static constexpr std::uint32_t kMaxNodes = 0xffff;
  static constexpr std::uint32_t kNotParent = 0xffffffffu;

  // Per node, for the algorithms of this folder.
  struct Entry {
    NodeId id = kNoNode;                // of the node in this slot; kNoNode: free
    std::uint32_t frontier_references;  // how many segments' writer or reader it is
    std::uint32_t frontier_writes;      // in how many of them it is the writer
    std::uint32_t stamp;                // of the last search that met it
    std::uint32_t parent;               // where that search put it; kNotParent: nowhere
    std::uint32_t removable;            // references that the searching access would remove
    bool failed;                        // stays, although complete, while it is a writer
    bool complete;
  };

  // Takes a slot. REQUIRES: size() < kMaxNodes; the scheduler's cap on work in flight sees to it.
  NodeId create() {
    if (free_.empty()) {
      if (entries_.size() >= kMaxNodes) fail("more than 65535 operations in flight");
      entries_.emplace_back();
      free_.reserve(entries_.capacity());  // giving slots back never allocates
      free_.push_back(static_cast<std::uint32_t>(entries_.size() - 1));
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    Entry& entry = entries_[slot];
    entry = Entry{};
    entry.id = (++submitted_ << 16) | slot;
    ++size_;
    return entry.id;
  }

  // Takes back the newest id, whose operation was not issued after all.
  void abandon(NodeId node) { release(node); }

  // False once the node is retired.
  bool alive(NodeId node) const { return node != kNoNode && entries_[slot_of(node)].id == node; }
  // Its work is not known to be done: later work may have to wait for it.
  bool in_flight(NodeId node) const { return alive(node) && !entry(node).complete; }
  // REQUIRES: alive(node).
  Entry& entry(NodeId node) { return entries_[slot_of(node)]; }
  const Entry& entry(NodeId node) const { return entries_[slot_of(node)]; }

  // The node's work is done. Its slot is given back now, or, if it failed, when nothing can
  // read what it wrote any more. Returns true if it was given back.
  bool complete(NodeId node) {
    Entry& state = entry(node);
    state.complete = true;
    if (state.failed && state.frontier_writes > 0) return false;
    release(node);
    return true;
  }

  // A frontier refers to `node` in one more place. REQUIRES: alive(node).
  void add_writer(NodeId node) {
    ++entry(node).frontier_references;
    ++entry(node).frontier_writes;
  }
  void add_reader(NodeId node) { ++entry(node).frontier_references; }

  // A frontier no longer refers to `node` in one place. Nodes that are retired do not mind.
  void drop_writer(NodeId node) {
    if (!alive(node)) return;
    Entry& state = entry(node);
    --state.frontier_references;
    if (--state.frontier_writes == 0 && state.failed && state.complete) release(node);
  }
  void drop_reader(NodeId node) {
    if (alive(node)) --entry(node).frontier_references;
  }

  // Nodes that hold a slot, and slots that exist.
  std::size_t size() const { return size_; }
  std::uint32_t slot_count() const { return static_cast<std::uint32_t>(entries_.size()); }
  NodeId at_slot(std::uint32_t slot) const { return entries_[slot].id; }
  std::uint64_t submitted() const { return submitted_; }

  // A number that no entry carries yet: starts a search.
  std::uint32_t next_stamp() {
    if (++stamp_ == 0) {  // wrapped: old stamps could be mistaken for new ones
      for (Entry& entry : entries_) entry.stamp = 0;
      stamp_ = 1;
    }
    return stamp_;
  }

 private:
  void release(NodeId node) {
    entry(node).id = kNoNode;
    free_.push_back(slot_of(node));
    --size_;
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
  std::uint64_t submitted_ = 0;
  std::uint32_t stamp_ = 0;
};

}  // namespace sennit
