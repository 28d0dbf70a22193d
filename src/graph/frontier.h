// graph/frontier.h: infers dependencies from the order of accesses.
//
// For every byte of a resource the frontier holds the last writer and the readers since that
// writer. These are the only nodes that a later access to the byte can depend on:
//
//   read  after write   waits for the writer            (RAW)
//   write after reads   waits for each of the readers   (WAR)
//   write after write   waits for the writer            (WAW)
//   read  after read    waits for nobody
//
// A resource is the replica of one array in one place: operations on different replicas cannot
// disturb each other, so a host write does not wait for a kernel that reads the device's copy.
// Bytes with the same history share a segment; an access splits segments at its ends and a
// write makes one segment of all that it covers, so an array that is used whole has one.
//
// Nodes that are done are forgotten when they are next met, but a failed one stays the writer of
// its bytes until they are overwritten: whoever reads them inherits the failure.
// Pure bookkeeping, no device call.
// Thread safety: none; the scheduler's mutex guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/access.h"
#include "graph/node_table.h"

namespace sennit {

using ResourceId = std::uint32_t;  // dense, chosen by the caller

// What an access must wait for, found by one or more calls of `Frontier::collect`.
struct ParentSet {
  struct Parent {
    NodeId node;
    bool data;  // the access reads bytes that this node wrote: a failure is inherited
  };
  std::vector<Parent> parents;  // each node once, in the order met
  std::uint32_t stamp = 0;

  void start(NodeTable& nodes) {
    parents.clear();
    stamp = nodes.next_stamp();
  }
};

class Frontier {
 public:
  explicit Frontier(NodeTable& nodes) : nodes_(nodes) {}

  // Forgets what was accessed at `resource`: its memory is new, or given back.
  void reset(ResourceId resource);

  // Adds to `set` the live nodes that an access of `mode` to `range` must wait for, and counts in
  // each node's entry the references that `advance` with the same access would remove.
  // An operation with several accesses collects them all before it advances any of them.
  // REQUIRES: `set.start` was called after the last change of the frontier.
  void collect(ResourceId resource, ByteRange range, AccessMode mode, ParentSet& set);

  // Adds one node, e.g. one that the caller named.
  void collect_node(NodeId node, ParentSet& set);

  // Records that `node` makes the access. kNoNode with a write: the access is over already (the
  // host made it after waiting).
  void advance(ResourceId resource, ByteRange range, AccessMode mode, NodeId node);

  // True if recording the accesses collected in `set` would take `node` off every segment:
  // nobody can depend on `node` alone afterwards. Exact where one access covers a whole segment;
  // false where it takes two accesses together. REQUIRES: `node` is alive.
  bool would_supersede(NodeId node, const ParentSet& set) const {
    const NodeTable::Entry& entry = nodes_.entry(node);
    return entry.stamp == set.stamp && entry.removable == entry.frontier_references;
  }

  // The live writers of `range`, in place order: whose work a reader needs. Appends each once for
  // each of its segments.
  void writers(ResourceId resource, ByteRange range, std::vector<NodeId>& out) const;
  // The nodes in flight on `resource`: when they are done, its memory is free. Appends each once
  // for each of its segments.
  void users(ResourceId resource, std::vector<NodeId>& out) const;

  // The largest range around `offset` that no unfinished or failed node writes (and with
  // `readers`, no unfinished one reads). Empty if one does at `offset`. `bytes`: the size of the
  // resource.
  ByteRange quiet_around(ResourceId resource, std::size_t offset, bool readers,
                         std::size_t bytes) const;

  // What the memory of a frontier grows with.
  std::size_t segment_count(ResourceId resource) const;
  std::size_t reader_capacity() const { return readers_.size(); }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffu;

  // Readers of a segment are a list in one pool, so segments are plain values and a steady
  // program allocates nothing.
  struct Reader {
    NodeId node;
    std::uint32_t next;
  };
  struct Segment {
    std::size_t begin = 0;
    std::size_t end = 0;
    NodeId writer = kNoNode;
    std::uint32_t readers = kNone;  // head of the list
    std::uint32_t reader_count = 0;
    std::uint32_t compact_above = kFewReaders;  // forget readers when the count passes this
    std::uint32_t counted = 0;  // stamp of the search that last counted it as removed

    ByteRange range() const { return {begin, end}; }
  };
  struct Resource {
    std::vector<Segment> segments;          // ascending, disjoint, never empty ranges
    std::uint32_t sweep_in = kFewSegments;  // accesses to parts until the next sweep
  };
  static constexpr std::uint32_t kFewReaders = 8;
  static constexpr std::uint32_t kFewSegments = 16;

  void meet(NodeId node, bool data, bool removed, ParentSet& set);
  void read_parts(Resource& state, ByteRange range, NodeId node);
  void write_parts(Resource& state, ByteRange range, NodeId node);

  std::uint32_t new_reader(NodeId node, std::uint32_t next);
  void add_reader(Segment& segment, NodeId node);
  void forget(Segment& segment);
  void compact(Segment& segment);

  void isolate(Resource& state, ByteRange range);
  Segment split_off(Segment& segment, std::size_t at);
  void sweep(Resource& state);
  bool alike(const Segment& a, const Segment& b) const;

  NodeTable& nodes_;
  std::vector<Resource> resources_;  // by ResourceId
  std::vector<Reader> readers_;
  std::vector<Segment> gaps_;  // of one access; kept for its memory
  std::uint32_t free_reader_ = kNone;
};

}  // namespace sennit
