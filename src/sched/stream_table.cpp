#include "sched/stream_table.h"

#include <algorithm>
#include <limits>

namespace sennit {
namespace {

constexpr std::size_t kCopyStreams = 4;  // of one direction of a device

// Drops what lies before `head` once that is most of the vector: a queue that keeps its memory.
template <typename T>
void trim(std::vector<T>& queue, std::size_t& head) {
  if (head == queue.size()) {
    queue.clear();
    head = 0;
  } else if (head > 64 && head * 2 > queue.size()) {
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(head));
    head = 0;
  }
}

// Positions by stream grow in steps, so that a steady program soon has room for all its streams.
void make_room(std::vector<std::uint64_t>& positions, std::size_t streams) {
  constexpr std::size_t kStep = 32;
  if (positions.capacity() < streams) positions.reserve((streams + kStep - 1) / kStep * kStep);
}

void raise_to(std::vector<std::uint64_t>& behind, StreamId stream, std::uint64_t position) {
  if (behind.size() <= stream) {
    make_room(behind, stream + 1);
    behind.resize(stream + 1);
  }
  behind[stream] = std::max(behind[stream], position);
}

void raise_to(std::vector<std::uint64_t>& behind, const std::vector<std::uint64_t>& other) {
  if (behind.size() < other.size()) {
    make_room(behind, other.size());
    behind.resize(other.size());
  }
  for (std::size_t i = 0; i < other.size(); ++i) behind[i] = std::max(behind[i], other[i]);
}

}  // namespace

StreamTable::StreamTable(std::span<Device* const> devices, Config config) : config_(config) {
  for (Device* device : devices) devices_.emplace_back().device = device;
}

StreamTable::~StreamTable() = default;

StreamId StreamTable::create(int device, StreamRole role) {
  auto state = std::make_unique<StreamState>();
  DeviceState& owner = devices_[static_cast<std::size_t>(device)];
  state->stream = owner.device->create_stream();
  for (const std::unique_ptr<Event>& event : outside_) state->stream->wait(*event);
  state->device = device;
  state->role = role;
  const auto id = static_cast<StreamId>(streams_.size());
  streams_.push_back(std::move(state));
  if (role == StreamRole::Compute) {
    ++owner.compute_streams;
    ++owner.idle_streams;
    link_newest(id);
  } else {
    owner.copy_streams.push_back(id);
  }
  return id;
}

// ---- The order of use --------------------------------------------------------------------------

void StreamTable::link_newest(StreamId id) {
  StreamState& state = *streams_[id];
  DeviceState& owner = devices_[static_cast<std::size_t>(state.device)];
  state.older = owner.newest;
  state.newer = kNoStream;
  (owner.newest == kNoStream ? owner.oldest : streams_[owner.newest]->newer) = id;
  owner.newest = id;
}

void StreamTable::unlink(StreamId id) {
  StreamState& state = *streams_[id];
  DeviceState& owner = devices_[static_cast<std::size_t>(state.device)];
  (state.older == kNoStream ? owner.oldest : streams_[state.older]->newer) = state.newer;
  (state.newer == kNoStream ? owner.newest : streams_[state.newer]->older) = state.older;
}

// ---- Choosing ----------------------------------------------------------------------------------

StreamId StreamTable::open(int device) {
  DeviceState& owner = devices_[static_cast<std::size_t>(device)];
  if (owner.compute_streams < config_.max_streams) return create(device, StreamRole::Compute);
  return owner.oldest;
}

StreamId StreamTable::copy_stream(int device, StreamRole role, std::span<const NodeId> parents) {
  DeviceState& owner = devices_[static_cast<std::size_t>(device)];
  std::size_t count = 0;
  StreamId least = kNoStream;
  for (const StreamId id : owner.copy_streams) {
    const StreamState& state = *streams_[id];
    if (state.role != role) continue;
    ++count;
    if (!has_work(id) || std::find(parents.begin(), parents.end(), state.tail) != parents.end()) {
      return id;
    }
    if (least == kNoStream ||
        state.position - state.completed < streams_[least]->position - streams_[least]->completed) {
      least = id;
    }
  }
  return count < kCopyStreams ? create(device, role) : least;
}

StreamId StreamTable::idle(int device) {
  const DeviceState& owner = devices_[static_cast<std::size_t>(device)];
  if (owner.idle_streams == 0) return kNoStream;
  StreamId id = owner.newest;
  while (has_work(id)) id = streams_[id]->older;
  return id;
}

bool StreamTable::is_tail(NodeId node) const {
  const NodeState& state = node_states_[slot_of(node)];
  return streams_[state.stream]->position == state.position;
}

NodeId StreamTable::unrecorded_tail(StreamId id) const {
  const StreamState& state = *streams_[id];
  return std::max(state.recorded, state.completed) < state.position ? state.tail : kNoNode;
}

RecordedEvent* StreamTable::record(StreamId id) {
  StreamState& state = *streams_[id];
  DeviceState& owner = devices_[static_cast<std::size_t>(state.device)];
  if (owner.free_events.empty()) {
    auto fresh = std::make_unique<RecordedEvent>();
    fresh->event = owner.device->create_event();
    fresh->device = state.device;
    owner.free_events.push_back(fresh.get());
    all_events_.push_back(std::move(fresh));
  }
  RecordedEvent* event = owner.free_events.back();
  state.stream->record(*event->event);
  owner.free_events.pop_back();
  ++live_events_;
  event->stream = id;
  event->position = state.position;
  make_room(event->behind, streams_.size());
  event->behind = state.behind;
  event->references = 1;  // the stream's
  state.events.push_back(event);
  state.recorded = state.position;
  state.postponed = false;
  state.postponed_us = 0;
  return event;
}

void StreamTable::record_tail(StreamId id) {
  RecordedEvent* event = record(id);
  const NodeId tail = streams_[id]->tail;
  NodeState& state = state_of(tail);
  state.event = event;
  ++event->references;
}

void StreamTable::wait_for(StreamId id, NodeId parent) {
  StreamState& state = *streams_[id];
  const NodeState& node = state_of(parent);
  if (node.stream == id) return;  // streams are in order
  if (node.stream < state.behind.size() && state.behind[node.stream] >= node.position) return;
  RecordedEvent* event = event_for(parent);
  state.stream->wait(*event->event);
  raise_to(state.behind, event->stream, event->position);
  raise_to(state.behind, event->behind);
  release(event);
}

void StreamTable::order_behind(std::unique_ptr<Event> event) {
  std::erase_if(outside_, [](const std::unique_ptr<Event>& other) { return other->is_done(); });
  outside_.push_back(std::move(event));
  for (StreamId id = 0; id < streams_.size(); ++id) {
    // Behind the wait, an event could no longer mean the tail alone.
    if (unrecorded_tail(id) != kNoNode) record_tail(id);
    streams_[id]->stream->wait(*outside_.back());
  }
}

// What may allocate, before anything has happened.
void StreamTable::reserve(StreamId id, std::span<const NodeId> nodes) {
  for (const NodeId node : nodes) {
    if (const std::size_t slot = slot_of(node); slot >= node_states_.size()) {
      node_states_.resize(std::max(slot + 1, 2 * node_states_.size()));
    }
  }
  std::vector<Queued>& queue = streams_[id]->queue;
  if (queue.size() + nodes.size() > queue.capacity()) {
    queue.reserve(queue.size() * 2 + nodes.size() + 16);
  }
}

void StreamTable::note_queued(StreamId id, std::span<const NodeId> nodes) {
  StreamState& state = *streams_[id];
  DeviceState& owner = devices_[static_cast<std::size_t>(state.device)];
  ++owner.in_flight;
  nodes_in_flight_ += nodes.size();
  if (state.role == StreamRole::Compute) {
    owner.idle_streams -= has_work(id) ? 0 : 1;
    owner.last = id;
    if (owner.newest != id) {
      unlink(id);
      link_newest(id);
    }
  }
  ++state.position;
  for (const NodeId node : nodes) {
    state.queue.push_back({node, state.position});
    state_of(node) = NodeState{id, state.position, nullptr};
  }
  state.tail = nodes.back();
}

void StreamTable::enqueue(StreamId id, const Command& command, NodeId node) {
  reserve(id, {&node, 1});
  streams_[id]->stream->enqueue(command, node);
  note_queued(id, {&node, 1});
}

void StreamTable::enqueue(StreamId id, Graph& graph, std::span<const NodeId> nodes) {
  reserve(id, nodes);
  graph.launch(*streams_[id]->stream, nodes);
  note_queued(id, nodes);
}

void StreamTable::hold(NodeId node, std::uint32_t index) {
  if (const std::size_t slot = slot_of(node); slot >= node_states_.size()) {
    node_states_.resize(std::max(slot + 1, 2 * node_states_.size()));
  }
  state_of(node) = NodeState{kHeldBack, index, nullptr};
}

bool StreamTable::marker_due(StreamId id) const {
  const StreamState& state = *streams_[id];
  return state.position - std::max(state.recorded, state.completed) >= config_.marker_interval;
}

void StreamTable::learn(StreamId id, std::uint64_t position, std::vector<NodeId>& done) {
  StreamState& state = *streams_[id];
  if (position <= state.completed) return;
  state.completed = position;
  while (state.event_head < state.events.size() &&
         state.events[state.event_head]->position <= position) {
    release(state.events[state.event_head++]);
  }
  trim(state.events, state.event_head);
  DeviceState& owner = devices_[static_cast<std::size_t>(state.device)];
  if (!has_work(id)) {
    owner.idle_streams += state.role == StreamRole::Compute ? 1 : 0;
    state.behind.clear();  // so that events of streams in little use stay cheap to wait for
  }
  while (state.queue_head < state.queue.size() &&
         state.queue[state.queue_head].position <= position) {
    const auto [node, at] = state.queue[state.queue_head++];
    NodeState& finished_node = state_of(node);
    if (finished_node.event != nullptr) release(finished_node.event);
    finished_node.event = nullptr;
    const bool last =
        state.queue_head == state.queue.size() || state.queue[state.queue_head].position != at;
    owner.in_flight -= last ? 1 : 0;
    --nodes_in_flight_;
    done.push_back(node);
  }
  trim(state.queue, state.queue_head);
}

void StreamTable::learn(const RecordedEvent& event, std::vector<NodeId>& done) {
  // Parents first: what the event's stream had waited for is done too.
  for (StreamId other = 0; other < event.behind.size(); ++other) {
    if (other != event.stream) learn(other, event.behind[other], done);
  }
  learn(event.stream, event.position, done);
}

// A device's answer about a point that is done costs it a microsecond and more, so few are asked
// for: a stream's events come true in order, which makes it a search.
void StreamTable::poll(StreamId id, std::vector<NodeId>& done, Thoroughness thoroughness) {
  StreamState& state = *streams_[id];
  std::size_t low = state.event_head;
  std::size_t high = state.events.size();
  if (low == high) return;
  RecordedEvent* newest_done = nullptr;
  if (thoroughness == Thoroughness::All && state.events[high - 1]->event->is_done()) {
    newest_done = state.events[high - 1];
  } else {
    --high;  // is not done, or is most likely not
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (state.events[middle]->event->is_done()) {
        newest_done = state.events[middle];
        if (thoroughness == Thoroughness::Glance) break;
        low = middle + 1;
      } else {
        high = middle;
      }
    }
  }
  if (newest_done == nullptr) return;
  ++newest_done->references;
  learn(*newest_done, done);
  release(newest_done);
}

void StreamTable::poll_all(std::vector<NodeId>& done) {
  for (StreamId id = 0; id < streams_.size(); ++id) poll(id, done, Thoroughness::All);
}

RecordedEvent* StreamTable::event_for(NodeId node) {
  const NodeState& state = state_of(node);
  StreamState& stream = *streams_[state.stream];
  RecordedEvent* event = state.event;
  if (event == nullptr && stream.recorded < state.position && is_tail(node)) {
    record_tail(state.stream);
    event = stream.events.back();
  }
  // An operation that nobody could depend on alone has no event of its own: take the next one.
  for (std::size_t i = stream.event_head; event == nullptr && i < stream.events.size(); ++i) {
    if (stream.events[i]->position >= state.position) event = stream.events[i];
  }
  if (event == nullptr) {
    record_tail(state.stream);
    event = stream.events.back();
  }
  ++event->references;
  return event;
}

RecordedEvent* StreamTable::event_for_all(StreamId id) {
  StreamState& state = *streams_[id];
  if (!has_work(id)) return nullptr;
  if (state.recorded < state.position) record_tail(id);
  RecordedEvent* event = state.events.back();
  ++event->references;
  return event;
}

void StreamTable::finished(RecordedEvent* event, std::vector<NodeId>& done) {
  learn(*event, done);
  release(event);
}

void StreamTable::release(RecordedEvent* event) {
  if (--event->references > 0) return;
  --live_events_;
  devices_[static_cast<std::size_t>(event->device)].free_events.push_back(event);
}

NodeId StreamTable::oldest() const {
  NodeId oldest = kNoNode;
  for (const auto& state : streams_) {
    if (state->queue_head == state->queue.size()) continue;
    const NodeId node = state->queue[state->queue_head].node;
    if (oldest == kNoNode || node < oldest) oldest = node;
  }
  return oldest;
}

}  // namespace sennit
