#include "graph/frontier.h"

#include <algorithm>

namespace sennit {
namespace {

// The first segment that ends after `at`: linear, since arrays are mostly used whole or in a few
// slices, but by halves where there are many.
template <typename Segments>
auto first_after(Segments& segments, std::size_t at) {
  if (segments.size() < 8) {
    auto it = segments.begin();
    while (it != segments.end() && it->end <= at) ++it;
    return it;
  }
  return std::upper_bound(
      segments.begin(), segments.end(), at,
      [](std::size_t value, const auto& segment) { return value < segment.end; });
}

}  // namespace

void Frontier::reset(ResourceId id) {
  if (id >= resources_.size()) return;
  for (Segment& segment : resources_[id].segments) forget(segment);
  resources_[id].segments.clear();
}

// ---- What an access waits for ------------------------------------------------------------------

inline void Frontier::meet(NodeId node, bool data, bool removed, ParentSet& set) {
  if (!nodes_.alive(node)) return;
  NodeTable::Entry& entry = nodes_.entry(node);
  if (entry.stamp != set.stamp) {
    entry.stamp = set.stamp;
    entry.parent = NodeTable::kNotParent;
    entry.removable = 0;
  }
  entry.removable += removed ? 1 : 0;
  if (entry.parent != NodeTable::kNotParent) {
    set.parents[entry.parent].data |= data;
  } else if (data || !entry.complete) {
    // A node that is complete stays only because it failed, and that concerns readers alone.
    entry.parent = static_cast<std::uint32_t>(set.parents.size());
    set.parents.push_back({node, data});
  }
}

void Frontier::collect_node(NodeId node, ParentSet& set) { meet(node, false, false, set); }

void Frontier::collect(ResourceId id, ByteRange range, AccessMode mode, ParentSet& set) {
  if (id >= resources_.size() || range.empty()) return;
  std::vector<Segment>& segments = resources_[id].segments;
  for (auto it = first_after(segments, range.begin); it != segments.end() && it->begin < range.end;
       ++it) {
    // Counted once, also if two accesses of the operation cover the segment.
    const bool removed = writes(mode) && range.contains(it->range()) && it->counted != set.stamp;
    if (removed) it->counted = set.stamp;
    meet(it->writer, reads(mode), removed, set);
    if (!writes(mode)) continue;
    for (std::uint32_t index = it->readers; index != kNone; index = readers_[index].next) {
      meet(readers_[index].node, false, removed, set);
    }
  }
}

// ---- Recording an access -----------------------------------------------------------------------

void Frontier::advance(ResourceId id, ByteRange range, AccessMode mode, NodeId node) {
  if (range.empty()) return;
  if (id >= resources_.size()) {
    resources_.resize(std::max<std::size_t>(id + 1, resources_.size() * 2));
  }
  Resource& state = resources_[id];
  // An array that is used whole has one segment: the common case is decided here.
  Segment* const only = state.segments.size() == 1 ? state.segments.data() : nullptr;
  if (!writes(mode)) {
    if (only != nullptr && range == only->range()) return add_reader(*only, node);
    return read_parts(state, range, node);
  }
  if (node != kNoNode) nodes_.add_writer(node);
  if (only == nullptr || !range.contains(only->range())) return write_parts(state, range, node);
  forget(*only);
  only->begin = range.begin;
  only->end = range.end;
  only->writer = node;
}

void Frontier::write_parts(Resource& state, ByteRange range, NodeId node) {
  std::vector<Segment>& segments = state.segments;
  const Segment fresh{.begin = range.begin, .end = range.end, .writer = node};
  isolate(state, range);
  const auto first = first_after(segments, range.begin);
  auto last = first;
  for (; last != segments.end() && last->begin < range.end; ++last) forget(*last);
  if (first == last) {
    segments.insert(first, fresh);
  } else {
    *first = fresh;
    segments.erase(first + 1, last);
  }
}

void Frontier::read_parts(Resource& state, ByteRange range, NodeId node) {
  std::vector<Segment>& segments = state.segments;
  isolate(state, range);
  gaps_.clear();  // bytes never accessed so far, or forgotten
  std::size_t at = range.begin;
  auto it = first_after(segments, range.begin);
  for (; it != segments.end() && it->begin < range.end; ++it) {
    if (at < it->begin) gaps_.push_back({.begin = at, .end = it->begin});
    add_reader(*it, node);
    at = it->end;
  }
  if (at < range.end) gaps_.push_back({.begin = at, .end = range.end});
  for (Segment& gap : gaps_) add_reader(gap, node);
  // Merge the gaps in from the back, where the new room is.
  std::size_t from = segments.size();
  segments.resize(segments.size() + gaps_.size());
  for (std::size_t to = segments.size(), gap = gaps_.size(); gap > 0;) {
    const bool old_is_last = from > 0 && segments[from - 1].begin > gaps_[gap - 1].begin;
    segments[--to] = old_is_last ? segments[--from] : gaps_[--gap];
  }
}

// ---- The history of a segment ------------------------------------------------------------------

std::uint32_t Frontier::new_reader(NodeId node, std::uint32_t next) {
  nodes_.add_reader(node);
  if (free_reader_ == kNone) {
    readers_.push_back({node, next});
    return static_cast<std::uint32_t>(readers_.size() - 1);
  }
  const std::uint32_t index = free_reader_;
  free_reader_ = readers_[index].next;
  readers_[index] = {node, next};
  return index;
}

void Frontier::add_reader(Segment& segment, NodeId node) {
  // The same node accesses the same bytes through two arguments.
  if (segment.readers != kNone && readers_[segment.readers].node == node) return;
  if (segment.writer == node) return;
  segment.readers = new_reader(node, segment.readers);
  if (++segment.reader_count > segment.compact_above) compact(segment);
}

// Takes the segment's nodes off it; what becomes of its range is the caller's business.
inline void Frontier::forget(Segment& segment) {
  nodes_.drop_writer(segment.writer);
  segment.writer = kNoNode;
  for (std::uint32_t index = segment.readers; index != kNone;) {
    const std::uint32_t next = readers_[index].next;
    nodes_.drop_reader(readers_[index].node);
    readers_[index].next = free_reader_;
    free_reader_ = index;
    index = next;
  }
  segment.readers = kNone;
  segment.reader_count = 0;
}

// Forgets readers that are done. Amortised: `add_reader` asks for it when the list has doubled.
void Frontier::compact(Segment& segment) {
  std::uint32_t kept = 0;
  for (std::uint32_t* link = &segment.readers; *link != kNone;) {
    const std::uint32_t index = *link;
    Reader& reader = readers_[index];
    if (nodes_.in_flight(reader.node)) {
      ++kept;
      link = &reader.next;
    } else {
      nodes_.drop_reader(reader.node);
      *link = reader.next;
      reader.next = free_reader_;
      free_reader_ = index;
    }
  }
  segment.reader_count = kept;
  segment.compact_above = std::max(kFewReaders, 2 * kept);
}

// ---- The segments of a resource ----------------------------------------------------------------

// Makes segment borders at both ends of `range`.
void Frontier::isolate(Resource& state, ByteRange range) {
  if (--state.sweep_in == 0) sweep(state);
  std::vector<Segment>& segments = state.segments;
  for (const std::size_t border : {range.begin, range.end}) {
    const auto it = first_after(segments, border);
    if (it == segments.end() || it->begin >= border) continue;
    const Segment upper = split_off(*it, border);
    segments.insert(it + 1, upper);
  }
}

// Cuts `segment` at `at` and returns the upper part, with the same history in the same order.
Frontier::Segment Frontier::split_off(Segment& segment, std::size_t at) {
  compact(segment);
  if (!nodes_.alive(segment.writer)) segment.writer = kNoNode;
  Segment upper = segment;
  upper.begin = segment.end = at;
  upper.readers = kNone;
  if (upper.writer != kNoNode) nodes_.add_writer(upper.writer);
  std::uint32_t last = kNone;
  for (std::uint32_t index = segment.readers; index != kNone; index = readers_[index].next) {
    const std::uint32_t copy = new_reader(readers_[index].node, kNone);
    (last == kNone ? upper.readers : readers_[last].next) = copy;
    last = copy;
  }
  return upper;
}

// Drops segments whose history is over and joins neighbours that have become alike, so that
// slicing in ever new places does not leave ever more segments. Amortised: the next sweep comes
// after as many accesses as this one left segments, each of which adds at most two borders.
void Frontier::sweep(Resource& state) {
  std::vector<Segment>& segments = state.segments;
  std::uint32_t kept = 0;
  for (Segment& segment : segments) {
    compact(segment);
    if (!nodes_.alive(segment.writer)) segment.writer = kNoNode;
    if (segment.writer == kNoNode && segment.readers == kNone) continue;
    if (kept > 0 && alike(segments[kept - 1], segment)) {
      segments[kept - 1].end = segment.end;
      forget(segment);
    } else {
      segments[kept++] = segment;
    }
  }
  segments.resize(kept);
  state.sweep_in = std::max(kFewSegments, kept);
}

// True if `b` begins where `a` ends and has the same history. Lists of the same readers have the
// same order: splitting keeps it, and readers are added to all segments of a range in turn.
bool Frontier::alike(const Segment& a, const Segment& b) const {
  if (a.end != b.begin || a.writer != b.writer || a.reader_count != b.reader_count) return false;
  std::uint32_t in_a = a.readers;
  std::uint32_t in_b = b.readers;
  for (; in_a != kNone; in_a = readers_[in_a].next, in_b = readers_[in_b].next) {
    if (readers_[in_a].node != readers_[in_b].node) return false;
  }
  return true;
}

// ---- Questions ---------------------------------------------------------------------------------

void Frontier::writers(ResourceId id, ByteRange range, std::vector<NodeId>& out) const {
  if (id >= resources_.size() || range.empty()) return;
  const std::vector<Segment>& segments = resources_[id].segments;
  for (auto it = first_after(segments, range.begin); it != segments.end() && it->begin < range.end;
       ++it) {
    if (nodes_.alive(it->writer)) out.push_back(it->writer);
  }
}

void Frontier::users(ResourceId id, std::vector<NodeId>& out) const {
  if (id >= resources_.size()) return;
  for (const Segment& segment : resources_[id].segments) {
    if (nodes_.in_flight(segment.writer)) out.push_back(segment.writer);
    for (std::uint32_t index = segment.readers; index != kNone; index = readers_[index].next) {
      if (nodes_.in_flight(readers_[index].node)) out.push_back(readers_[index].node);
    }
  }
}

ByteRange Frontier::quiet_around(ResourceId id, std::size_t offset, bool readers,
                                 std::size_t bytes) const {
  ByteRange quiet{0, bytes};
  if (id >= resources_.size()) return quiet;
  for (const Segment& segment : resources_[id].segments) {
    bool busy = nodes_.alive(segment.writer);
    for (std::uint32_t index = readers ? segment.readers : kNone; index != kNone && !busy;
         index = readers_[index].next) {
      busy = nodes_.in_flight(readers_[index].node);
    }
    if (!busy) continue;
    if (segment.end <= offset) {
      quiet.begin = segment.end;
    } else if (segment.begin <= offset) {
      return {offset, offset};
    } else {
      quiet.end = std::min(quiet.end, segment.begin);
      break;
    }
  }
  return quiet;
}

std::size_t Frontier::segment_count(ResourceId id) const {
  return id < resources_.size() ? resources_[id].segments.size() : 0;
}

}  // namespace sennit
