// sched/replay.cpp: operations that are held back, and run as a graph when they are all there.
//
// An operation that is held back was decided and committed like any other: the frontier and the
// coherence state have moved on, and only its commands wait in `held_`. Nobody waits for them
// before they are on a stream: whoever needs an event of theirs runs what is held first.
#include <algorithm>

#include "base/text.h"
#include "sched/scheduler.h"

namespace sennit {
namespace {

constexpr std::size_t kLeast = 2;  // commands: one alone is better launched
// Commands within the patience: who submits more slowly is better served one by one.
constexpr std::uint64_t kGrowth = 16;
// Commands after a wait of the host that are run at once, so that the device has something to do;
// then twice as many, and so on.
constexpr std::size_t kShortPiece = 8;
constexpr std::size_t kLongPiece = 64;
// Laps in a row that were tried and are better issued; then nothing is looked at for a while.
constexpr std::uint32_t kIdleLaps = 16;
constexpr std::uint64_t kFirstPause = 1024;  // operations
constexpr std::uint64_t kLongestPause = 65536;
// Bytes of a copy to the device that is under way before a graph could be launched.
constexpr std::size_t kLongCopy = std::size_t{64} << 10;

}  // namespace

// ---- Holding back ------------------------------------------------------------------------------

NodeId Scheduler::issue_or_hold(const Operation& operation, std::span<const Prepared> prepared,
                                Plan& plan) {
  const Recogniser::Advice advice = advise(operation, plan);
  using Advice = Recogniser::Advice;
  if (advice == Advice::Issue) {
    if (!held_.empty()) ++counts_.replay_strays;
    run_held();
    choose_streams(operation, plan);
    return issue(operation, prepared, plan);
  }
  // Each array that it writes may be read back at once.
  const std::size_t commands = plan.transfers.size() + 1 + operation.accesses.size();
  const bool fits = held_.size() + commands <= HeldBatch::kMost;
  const bool restarts = advice == Advice::Restart || advice == Advice::RestartComplete;
  if (!held_.empty() && (restarts || !fits || held_.device() != plan.device)) {
    counts_.replay_strays += restarts ? 1 : 0;
    run_held();
  }
  plan.stream = kHeldBack;
  for (PlannedTransfer& planned : plan.transfers) planned.stream = kHeldBack;
  const NodeId node = issue(operation, prepared, plan);
  const bool complete = advice == Advice::Complete || advice == Advice::RestartComplete;
  if (complete || held_.size() >= piece_) {
    run_held();
    piece_ = std::min(2 * piece_, config_.replay_most);
    if (const StreamId stream = streams_.last_used(plan.device); stream != kNoStream) {
      streams_.poll(stream, done_, StreamTable::Thoroughness::Glance);
      retire(done_);
    }
  }
  return node;
}

Recogniser::Advice Scheduler::advise(const Operation& operation, const Plan& plan) {
  using Advice = Recogniser::Advice;
  if (config_.replay == SchedulerConfig::Replay::Off || recogniser_.is_pausing()) {
    return Advice::Issue;
  }
  if (!may_hold(operation, plan)) {
    recogniser_.cut();
    return Advice::Issue;
  }
  if (config_.replay == SchedulerConfig::Replay::Always) return Advice::Hold;
  recogniser_.add(fingerprint_of(operation, plan));
  if (config_.replay == SchedulerConfig::Replay::Repeated) return recogniser_.advice();
  if (returned_us_ || recogniser_.began_lap()) look_at_clock();
  return way_ == Trials::Way::Issue ? Advice::Issue : recogniser_.advice();
}

// At the first operation after a wait of the host, and where a lap begins. What the program did
// since it came back from the wait is not counted: it is the same in every way to go.
void Scheduler::look_at_clock() {
  const double now_us = device(0).now_us();
  const double ended_us = returned_us_.value_or(now_us);
  returned_us_.reset();
  if (!recogniser_.began_lap()) {
    lap_began_us_ += now_us - ended_us;
    return;
  }
  if (recogniser_.ended_lap()) trials_.took(ended_us - lap_began_us_, lap_is_settled_);
  const Trials::Way way = trials_.begin(recogniser_.lap());
  if (way != way_) {
    way_ = way;
    piece_ = first_piece();
  }
  lap_is_settled_ = true;
  lap_began_us_ = now_us;
  if (!trials_.rests_issuing()) {
    idle_laps_ = 0;
    pause_ = kFirstPause;
  } else if (++idle_laps_ == kIdleLaps) {
    idle_laps_ = 0;
    recogniser_.pause(pause_);
    pause_ = std::min(2 * pause_, kLongestPause);
  }
}

std::size_t Scheduler::first_piece() const {
  if (config_.replay == SchedulerConfig::Replay::Always) return config_.replay_most;
  const std::size_t piece = way_ == Trials::Way::HoldShort ? kShortPiece : kLongPiece;
  return std::min(piece, config_.replay_most);
}

// The host waits, or does something that takes as long.
void Scheduler::cut() {
  recogniser_.cut();
  if (!held_.empty()) ++counts_.replay_waits;
  run_held();
  piece_ = first_piece();
}

bool Scheduler::may_hold(const Operation& operation, const Plan& plan) {
  if (config_.serial || !observers_.empty() || !plan.moves.empty()) return false;
  if (operation.kind == OperationKind::HostCall) return false;
  if (plan.transfers.size() + 1 + operation.accesses.size() > HeldBatch::kMost) return false;
  // A graph would keep others waiting, too, for a copy that is on its way.
  const auto is_copied = [&](const ParentSet::Parent& parent) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return nodes_.in_flight(parent.node) && !is_held(parent.node) &&
           streams_.role(streams_.stream_of(parent.node)) != StreamRole::Compute;
  };
  if (std::any_of(plan.parents.parents.begin(), plan.parents.parents.end(), is_copied)) {
    return false;
  }
  return std::all_of(plan.transfers.begin(), plan.transfers.end(),
                     [&](const PlannedTransfer& planned) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
                       return may_hold(planned, plan.device);
                     });
}

// A graph is of one device, and has no host functions.
bool Scheduler::may_hold(const PlannedTransfer& planned, int device_ordinal) {
  const Transfer& transfer = planned.transfer;
  if (planned.device != device_ordinal) return false;
  if (device(device_ordinal).info().shares_host_memory) return true;
  const bool always = config_.replay == SchedulerConfig::Replay::Always;
  if (!always && transfer.from.is_host() && transfer.range.size() >= kLongCopy) return false;
  return !transfer.to.is_host() || !(transfer.from.is_host() || transfer.from.is_zero());
}

// Whether the transfers that the host wants are to go with what is held back.
bool Scheduler::joins_held(const Plan& plan) {
  if (held_.empty() || held_.size() + plan.transfers.size() > HeldBatch::kMost) return false;
  return std::all_of(plan.transfers.begin(), plan.transfers.end(),
                     [&](const PlannedTransfer& planned) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
                       return may_hold(planned, held_.device());
                     });
}

void Scheduler::hold_command(const Command& command, const HeldBatch::Item& item,
                             std::span<const ParentSet::Parent> parents, int device_ordinal) {
  index_scratch_.clear();
  for (const ParentSet::Parent& parent : parents) {
    if (!nodes_.in_flight(parent.node) || !is_held(parent.node)) continue;
    index_scratch_.push_back(static_cast<std::uint32_t>(streams_.position_of(parent.node)));
  }
  const auto index = static_cast<std::uint32_t>(held_.size());
  held_.add(device_ordinal, command, item, parents, index_scratch_);
  streams_.hold(item.node, index);
  ++holds_;
  if (!watched_) watch_held();
}

// The program may do something else for any time before it submits or waits again.
void Scheduler::watch_held() {
  if (config_.replay_patience.count() == 0) return;
  watched_ = true;
  if (!backstop_) {
    backstop_ = std::make_unique<Backstop>(config_.replay_patience,
                                           [this]() noexcept { return look_at_held(); });
  }
  backstop_->arm();
}

// True if it must be called again.
bool Scheduler::look_at_held() noexcept {
  const Lock lock(mutex_);
  const bool growing = !held_.empty() && holds_ - holds_seen_ >= kGrowth;
  holds_seen_ = holds_;
  if (growing) return true;
  if (!held_.empty()) ++counts_.replay_timeouts;
  run_held();
  watched_ = false;
  return false;
}

// ---- Running -----------------------------------------------------------------------------------

void Scheduler::run_held() {
  if (held_.empty()) return;
  if (!replay_held()) {
    issue_held();
    if (held_.size() >= kLeast) {
      replay_graphs_.learn(held_, device(held_.device()));
      lap_is_settled_ = false;
      ++counts_.replay_misses;
    }
  }
  held_.clear();
}

// False if there is no graph to run it as.
bool Scheduler::replay_held() {
  const std::span<const NodeId> nodes = held_.nodes();
  try {
    Graph* const graph = replay_graphs_.find(held_);
    if (graph == nullptr) return false;
    const StreamId stream = stream_for_replay();
    const NodeId tail = streams_.unrecorded_tail(stream);
    if (tail != kNoNode && nodes_.entry(tail).frontier_references > 0) streams_.record_tail(stream);
    for (std::size_t i = 0; i < held_.size(); ++i) {
      for (const ParentSet::Parent& parent : held_.parents(i)) {
        if (!nodes_.in_flight(parent.node) || is_held(parent.node)) continue;
        streams_.wait_for(stream, parent.node);
      }
    }
    streams_.enqueue(stream, *graph, nodes);
    ++counts_.replays;
    counts_.replayed += nodes.size();
    // Whoever waits for one of them must not wait for what comes next.
    streams_.record_tail(stream);
  } catch (const Error&) {  // one by one, then: what cannot run so either says why
    replay_graphs_.drop(held_);
    return false;
  }
  return true;
}

// Where something stands that the graph waits for, else where nothing does.
StreamId Scheduler::stream_for_replay() {
  parent_streams_.clear();
  for (std::size_t i = 0; i < held_.size(); ++i) {
    for (const ParentSet::Parent& parent : held_.parents(i)) join(parent.node, held_.device());
  }
  for (const ParentStream& parent : parent_streams_) {
    if (parent.is_tail) return static_cast<StreamId>(parent.stream);
  }
  StreamId stream = streams_.idle(held_.device());
  if (stream == kNoStream) stream = streams_.last_used(held_.device());
  return stream == kNoStream ? streams_.open(held_.device()) : stream;
}

void Scheduler::issue_held() {
  for (std::size_t next = 0; next < held_.size();) next = issue_held_operation(next);
}

// The transfers of an operation and itself, on the streams that they would be on if they had not
// been held back. Returns the index behind them.
std::size_t Scheduler::issue_held_operation(std::size_t first) {
  std::size_t last = first;
  while (!held_.item(last).ends_operation && last + 1 < held_.size()) ++last;
  const int device_ordinal = held_.device();
  const auto join_parents = [&](std::size_t index) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    for (const ParentSet::Parent& parent : held_.parents(index)) join(parent.node, device_ordinal);
  };
  StreamNeeds needs;
  stream_scratch_.clear();
  parent_streams_.clear();
  for (std::size_t i = first; i <= last; ++i) {
    const HeldBatch::Item& item = held_.item(i);
    StreamId stream = kNoStream;
    if (item.kind == OperationKind::Transfer) {
      stream = transfer_stream(item.transfer, device_ordinal, held_.parents(i), item.root);
      needs.behind_copies |= !item.transfer.from.is_zero();
    }
    if (stream == kNoStream) join_parents(i);
    stream_scratch_.push_back(stream);
  }
  if (stream_scratch_.back() == kNoStream) {
    const Command command = held_.command(last);
    if (const auto* launch = std::get_if<LaunchCommand>(&command)) {
      needs.bytes = launch->touched_bytes;
      needs.function = launch->function;
      needs.config = &launch->config;
    } else if (const auto* copy = std::get_if<CopyCommand>(&command)) {
      needs.bytes = 2 * copy->bytes;
    } else if (const auto* fill = std::get_if<FillCommand>(&command)) {
      needs.bytes = fill->bytes;
    }
    StreamId& stream = stream_scratch_.back();
    stream = choose_stream(device_ordinal, needs);
    if (stream == kNoStream) stream = streams_.open(device_ordinal);
  }
  for (std::size_t i = first; i <= last; ++i) {
    const StreamId own = stream_scratch_[i - first];
    const StreamId stream = own == kNoStream ? stream_scratch_.back() : own;
    const NodeId node = held_.item(i).node;
    const Command command = held_.command(i);
    const std::span<const ParentSet::Parent> parents = held_.parents(i);
    try {
      if (const NodeId tail = streams_.unrecorded_tail(stream); tail != kNoNode) {
        const bool wanted =
            nodes_.entry(tail).frontier_references > 0 || held_.others_behind(tail, i) > 0;
        record_if_wanted(stream, command, parents, wanted);
      }
      enqueue_behind(stream, command, node, parents);
      if (streams_.marker_due(stream)) streams_.record_tail(stream);
    } catch (const Error& error) {
      refuse_held(stream, node, error);
    }
    held_.issued(i);
  }
  return last + 1;
}

// The call that submitted it is over: what the device refuses now is a failure of the work, which
// stands in the stream as if it did nothing.
void Scheduler::refuse_held(StreamId stream, NodeId node, const Error& error) {
  streams_.note_queued(stream, {&node, 1});
  const auto named = std::make_shared<const Error>(
      error.code(), format("{} failed: {}", describe(node), error.what()));
  unreported_.push_back(named);
  fail_node(node, named);
  spread_failure(node);
}

// ---- Looking -----------------------------------------------------------------------------------

// As StreamTable::event_for, of a node that may be held back. What the node does not need runs
// apart from it: whoever waits for the node must not wait for that.
RecordedEvent* Scheduler::event_for(NodeId node) {
  recogniser_.cut();
  piece_ = first_piece();
  if (is_held(node)) {
    ++counts_.replay_waits;
    const auto index = static_cast<std::uint32_t>(streams_.position_of(node));
    if (held_.split(index, held_parts_[0], held_parts_[1])) {
      held_.clear();
      for (HeldBatch& part : held_parts_) {
        std::swap(held_, part);
        for (std::uint32_t i = 0; i < held_.size(); ++i) streams_.hold(held_.nodes()[i], i);
        run_held();
      }
    }
    run_held();
  }
  return streams_.event_for(node);
}

// The oldest node that is not done.
NodeId Scheduler::oldest() {
  const NodeId queued = streams_.oldest();
  if (held_.empty()) return queued;
  const NodeId held = held_.nodes().front();
  return queued == kNoNode ? held : std::min(queued, held);
}

}  // namespace sennit
