// sched/stream_table.h: the streams of a runtime, what is queued on each, and what is known to be
// done.
//
// Events are recorded only where somebody may have to wait (design: docs/design/streams.md). For
// each stream the table knows up to which position of every other stream its queued work is
// ordered; a wait that says nothing new is left out.
//
// Thread safety: none; the scheduler's mutex guards it. Event::sync alone runs without.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "graph/node_table.h"
#include "sched/plan.h"

namespace sennit {

// An event of the pool, recorded at a position of a stream.
struct RecordedEvent {
  std::unique_ptr<Event> event;
  int device = 0;
  int references = 0;  // of the table, nodes and waiting host threads; 0: free for re-use
  StreamId stream = kNoStream;
  std::uint64_t position = 0;         // of the stream's work when it was recorded
  std::vector<std::uint64_t> behind;  // positions of other streams that are done when it is
};

enum class StreamRole : std::uint8_t { Compute, CopyIn, CopyOut };

class StreamTable {
 public:
  struct Config {
    std::size_t max_streams = 64;  // compute streams of a device
    std::uint64_t marker_interval = 64;
  };

  StreamTable(std::span<Device* const> devices, Config config);
  ~StreamTable();

  // ---- choosing ----
  // A new compute stream, or the one least recently used if there are max_streams.
  StreamId open(int device);
  // A stream for copies in one direction: one whose work is done or ordered before what the
  // copy waits for anyway, else a new one, up to 4 in each direction.
  StreamId copy_stream(int device, StreamRole role, std::span<const NodeId> parents);
  // The most recently used compute stream without unfinished work; kNoStream if there is none.
  StreamId idle(int device);
  StreamId last_used(int device) const { return devices_[static_cast<std::size_t>(device)].last; }
  bool is_tail(NodeId node) const;
  StreamRole role(StreamId stream) const { return streams_[stream]->role; }
  int device_of(StreamId stream) const { return streams_[stream]->device; }
  StreamId stream_of(NodeId node) const { return node_states_[slot_of(node)].stream; }

  // ---- queueing ----
  // The newest node of `stream` if nothing can be waited for in its place yet, else kNoNode.
  NodeId unrecorded_tail(StreamId stream) const;
  // Records an event right behind the stream's newest node.
  void record_tail(StreamId stream);
  // Of a stream with operations that somebody may want to wait for and that have no event yet: how
  // long the work will take that stands behind the first of them, and that a waiter would wait for
  // too. `postpone` is called when such an operation is followed by work without an event between.
  bool is_postponed(StreamId stream) const { return streams_[stream]->postponed; }
  double postponed_us(StreamId stream) const { return streams_[stream]->postponed_us; }
  void postpone(StreamId stream, double us) {
    streams_[stream]->postponed = true;
    streams_[stream]->postponed_us += us;
  }
  // Makes later work of `stream` wait for `parent`, unless it is so ordered already.
  void wait_for(StreamId stream, NodeId parent);
  // Makes all later work, of streams that are yet to be made too, wait for `event`.
  void order_behind(std::unique_ptr<Event> event);
  // Queues `command` as the work of `node`. Raises without queueing.
  void enqueue(StreamId stream, const Command& command, NodeId node);
  // Notes that `node` is on no stream yet, but the `index`th of those that are held back.
  void hold(NodeId node, std::uint32_t index);
  // Queues a graph as the work of all `nodes`, which stand at one position together. Raises without
  // queueing.
  void enqueue(StreamId stream, Graph& graph, std::span<const NodeId> nodes);
  // The next position of the stream is that of `nodes`, whose work was queued there just now.
  void note_queued(StreamId stream, std::span<const NodeId> nodes);
  // True when the stream is due for a marker: call `record_tail`, then `poll`.
  bool marker_due(StreamId stream) const;

  // ---- finishing ----
  // Asks the events of `stream` (of all streams) which are done. Nodes that are, are appended to
  // `done`, each once, in stream order.
  // A glance misses some, and is cheap: for a stream that was just given an event.
  enum class Thoroughness : std::uint8_t { Glance, All };
  void poll(StreamId stream, std::vector<NodeId>& done, Thoroughness thoroughness);
  void poll_all(std::vector<NodeId>& done);
  // An event at or behind `node`, with a reference for the caller. REQUIRES: `node` is queued and
  // not known to be done.
  RecordedEvent* event_for(NodeId node);
  // An event behind everything queued on `stream`; nullptr if all of it is done.
  RecordedEvent* event_for_all(StreamId stream);
  // The caller has waited for the event without the lock.
  void finished(RecordedEvent* event, std::vector<NodeId>& done);
  void release(RecordedEvent* event);
  // The unfinished node that was queued first, over all streams; kNoNode if there is none.
  NodeId oldest() const;

  // ---- looking ----
  std::size_t stream_count() const { return streams_.size(); }
  std::size_t in_flight(int device) const {
    return devices_[static_cast<std::size_t>(device)].in_flight;
  }
  std::size_t in_flight() const {
    std::size_t sum = 0;
    for (const DeviceState& device : devices_) sum += device.in_flight;
    return sum;
  }
  // Compute streams with work that is not known to be done.
  std::size_t busy_streams(int device) const {
    const DeviceState& state = devices_[static_cast<std::size_t>(device)];
    return state.compute_streams - state.idle_streams;
  }
  // A graph counts for each of its nodes here, and above once.
  std::size_t nodes_in_flight() const { return nodes_in_flight_; }
  std::size_t live_events() const { return live_events_; }
  std::uint64_t position_of(NodeId node) const { return node_states_[slot_of(node)].position; }

 private:
  struct Queued {
    NodeId node;
    std::uint64_t position;
  };
  struct StreamState {
    std::unique_ptr<Stream> stream;
    int device;
    StreamRole role;
    std::uint64_t position = 0;   // of the newest work; counts from 1
    std::uint64_t completed = 0;  // all up to here is known to be done
    std::uint64_t recorded = 0;   // position of the newest event
    bool postponed = false;       // see `postpone`; until the next event
    double postponed_us = 0;
    // Neighbours among the device's compute streams, in the order of their last use.
    StreamId older = kNoStream;
    StreamId newer = kNoStream;
    NodeId tail = kNoNode;
    // Unfinished nodes, oldest first, and the events among them not known to be done.
    std::vector<Queued> queue;
    std::size_t queue_head = 0;
    std::vector<RecordedEvent*> events;
    std::size_t event_head = 0;
    // By stream: positions that later work is ordered after. Empty while all of them are done.
    std::vector<std::uint64_t> behind;
  };
  struct NodeState {
    StreamId stream = kNoStream;
    std::uint64_t position = 0;
    RecordedEvent* event = nullptr;
  };
  struct DeviceState {
    Device* device = nullptr;
    StreamId last = kNoStream;
    std::size_t compute_streams = 0;
    std::size_t idle_streams = 0;  // of the compute streams
    std::size_t in_flight = 0;
    // Ends of the list of compute streams in the order of their last use; new ones count as used.
    StreamId newest = kNoStream;
    StreamId oldest = kNoStream;
    std::vector<StreamId> copy_streams;
    std::vector<RecordedEvent*> free_events;
  };

  StreamId create(int device, StreamRole role);
  void reserve(StreamId stream, std::span<const NodeId> nodes);
  void link_newest(StreamId stream);
  void unlink(StreamId stream);
  // REQUIRES: `node` was queued.
  NodeState& state_of(NodeId node) { return node_states_[slot_of(node)]; }
  RecordedEvent* record(StreamId stream);
  void learn(StreamId stream, std::uint64_t position, std::vector<NodeId>& done);
  void learn(const RecordedEvent& event, std::vector<NodeId>& done);
  bool has_work(StreamId stream) const {
    return streams_[stream]->completed < streams_[stream]->position;
  }

  const Config config_;
  std::vector<DeviceState> devices_;
  std::vector<std::unique_ptr<StreamState>> streams_;
  std::vector<NodeState> node_states_;  // by slot of the node
  std::vector<std::unique_ptr<RecordedEvent>> all_events_;
  std::vector<std::unique_ptr<Event>> outside_;  // of other code: new streams wait for them
  std::size_t live_events_ = 0;
  std::size_t nodes_in_flight_ = 0;
};

}  // namespace sennit
