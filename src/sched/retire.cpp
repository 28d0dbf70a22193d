// sched/retire.cpp: what happens when work is done: waiting for it, its failures, its memory.
#include <algorithm>

#include "base/text.h"
#include "sched/scheduler.h"

namespace sennit {

// ---- releases --------------------------------------------------------------------------------

// A node of the lock-free list that garbage collectors push to.
struct Scheduler::Released {
  Released* next = nullptr;
  std::unique_ptr<Storage> storage;
  std::shared_ptr<void> object;
};

namespace {

template <typename Node>
void push(std::atomic<Node*>& list, Node* node) noexcept {
  node->next = list.load(std::memory_order_relaxed);
  while (!list.compare_exchange_weak(node->next, node, std::memory_order_release,
                                     std::memory_order_relaxed)) {
  }
}

}  // namespace

void Scheduler::release(std::unique_ptr<Storage> storage) noexcept {
  auto* node = new Released;
  node->storage = std::move(storage);
  push(released_, node);
}

void Scheduler::keep(std::shared_ptr<void> object) noexcept {
  auto* node = new Released;
  node->object = std::move(object);
  push(released_, node);
}

void Scheduler::drain_releases() {
  if (released_.load(std::memory_order_relaxed) == nullptr) return;
  Released* node = released_.exchange(nullptr, std::memory_order_acquire);
  while (node != nullptr) {
    const std::unique_ptr<Released> current(node);
    node = current->next;
    if (current->storage) forget(current->storage.release());
    if (current->object) bury({{}, nodes_.submitted(), std::move(current->object), 0, nullptr});
  }
}

void Scheduler::forget(Storage* storage) {
  for (std::size_t i = 0; i < location_count_; ++i) {
    const ResourceId id = resource(storage->id, Location{static_cast<std::uint8_t>(i)});
    Grave grave;
    if (storage->replicas[i]) {
      frontier_.users(id, grave.users);
      grave.bytes = storage->replicas[i]->allocation->bytes();
      grave.memory = storage->replicas[i]->address();
      grave.object = std::move(storage->replicas[i]);
    }
    frontier_.reset(id);
    if (grave.object) bury(std::move(grave));
  }
  for (const auto& observer : observers_) observer->on_release(storage->id);
  if (predecessors_) predecessors_->forget(storage->id);
  coherence_.remove(storage->id);
  if (storage->address_known) std::erase(known_, storage->id);
  storages_[storage->id] = nullptr;
  free_arrays_.push_back(storage->id);
  --counts_.storages;
  delete storage;
}

void Scheduler::bury(Grave grave) {
  std::erase_if(grave.users, [&](NodeId node) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return !nodes_.alive(node) || nodes_.entry(node).complete;
  });
  graveyard_.push_back(std::move(grave));
  reap();
}

void Scheduler::reap() {
  if (graveyard_.empty()) return;
  const NodeId oldest = this->oldest();
  std::erase_if(graveyard_, [&](Grave& grave) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    std::erase_if(grave.users, [&](NodeId node) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
      return !nodes_.alive(node) || nodes_.entry(node).complete;
    });
    const bool used = !grave.users.empty() || (grave.watermark > 0 && oldest != kNoNode &&
                                               number_of(oldest) <= grave.watermark);
    if (used) return false;
    counts_.allocated_bytes -= grave.bytes;
    trash_.push_back(std::move(grave.object));
    return true;
  });
}

// Destroys what is no longer needed. Not under the lock: it may be the user's deleter, or wait.
void Scheduler::empty_trash() {
  Trash trash;
  {
    const Lock lock(mutex_);
    if (trash_.empty()) return;
    trash.swap(trash_);
  }
}

// ---- completion ------------------------------------------------------------------------------

void Scheduler::retire(std::vector<NodeId>& done) {
  if (done.empty()) return;
  take_failures();  // those of `done` are there by now
  for (const NodeId node : done) {
    NodeInfo& info = infos_[slot_of(node)];
    if (!observers_.empty()) {
      for (const auto& observer : observers_) observer->on_done(node, info.failure.get());
    }
    if (info.keep) trash_.push_back(std::move(info.keep));
    if (predecessors_) predecessors_->complete(node);
    nodes_.complete(node);
  }
  done.clear();
  reap();
}

void Scheduler::take_failures() {
  for (int ordinal = 0; ordinal < device_count(); ++ordinal) {
    while (auto failure = device(ordinal).take_failure()) {
      const NodeId node = failure->tag;
      if (node != 0 && !nodes_.alive(node)) continue;
      if (node != 0) {
        if (nodes_.entry(node).failed) continue;  // it had inherited an earlier one
        auto named = std::make_shared<const Error>(
            failure->error.code(), format("{} failed: {}", describe(node), failure->error.what()));
        unreported_.push_back(named);
        fail_node(node, named);
        spread_failure(node);
        continue;
      }
      // The device cannot tell which: everything in flight there may be to blame.
      std::string candidates;
      std::vector<NodeId> nodes;
      for (std::uint32_t slot = 0; slot < nodes_.slot_count(); ++slot) {
        const NodeId candidate = nodes_.at_slot(slot);
        if (candidate == kNoNode || nodes_.entry(candidate).complete) continue;
        if (infos_[slot].device == ordinal) nodes.push_back(candidate);
      }
      std::sort(nodes.begin(), nodes.end());
      for (const NodeId candidate : nodes) {
        if (infos_[slot_of(candidate)].kind != OperationKind::Launch) continue;
        candidates += format("{}{}", candidates.empty() ? "" : "; ", describe(candidate));
      }
      auto named = std::make_shared<const Error>(
          failure->error.code(),
          format("{}: {}. In flight there: {}. Run again with the option serial=true to have "
                 "exactly one",
                 device(ordinal).info().name, failure->error.what(),
                 candidates.empty() ? "nothing" : candidates));
      unreported_.push_back(named);
      for (const NodeId candidate : nodes) fail_node(candidate, named);
      if (!nodes.empty()) spread_failure(nodes.front());
    }
  }
}

void Scheduler::fail_node(NodeId node, const std::shared_ptr<const Error>& failure) {
  nodes_.entry(node).failed = true;
  infos_[slot_of(node)].failure = failure;
  if (failed_.size() >= 1024) failed_.erase(failed_.begin());
  failed_[node] = failure;
}

// Everything in flight that reads what a failed node wrote fails with it. In submission order, so
// one pass is enough.
void Scheduler::spread_failure(NodeId from) {
  std::vector<NodeId> later;
  for (std::uint32_t slot = 0; slot < nodes_.slot_count(); ++slot) {
    if (nodes_.at_slot(slot) > from) later.push_back(nodes_.at_slot(slot));
  }
  std::sort(later.begin(), later.end());
  for (const NodeId node : later) {
    if (nodes_.entry(node).failed) continue;
    for (const NodeId parent : infos_[slot_of(node)].data_parents) {
      if (!nodes_.alive(parent) || !nodes_.entry(parent).failed) continue;
      fail_node(node, infos_[slot_of(parent)].failure);
      break;
    }
  }
}

std::string Scheduler::describe(NodeId node) {
  const NodeInfo& info = infos_[slot_of(node)];
  std::string text = format("{} '{}' (#{})", name_of(info.kind), info.label, number_of(node));
  if (info.where.known()) text += format(" submitted at {}:{}", info.where.file, info.where.line);
  return text;
}

void Scheduler::raise_failure(const Error& failure, std::string_view doing) {
  throw Error(failure.code(), format("{}: {}", doing, failure.what()));
}

void Scheduler::mark_reported(const Error* failure) {
  std::erase_if(unreported_, [&](const auto& other) { return other.get() == failure; });
}

void Scheduler::raise_if_failed(const Storage& storage, ByteRange range, std::string_view doing) {
  if (failed_.empty()) return;  // nothing has ever failed
  for (std::size_t i = 0; i < location_count_; ++i) {
    const Location location{static_cast<std::uint8_t>(i)};
    node_scratch_.clear();
    std::vector<ByteRange> valid;
    coherence_.valid_parts(storage.id, range, location, valid);
    for (const ByteRange& part : valid) {
      frontier_.writers(resource(storage.id, location), part, node_scratch_);
    }
    for (const NodeId node : node_scratch_) {
      if (!nodes_.entry(node).failed) continue;
      const std::shared_ptr<const Error> failure = infos_[slot_of(node)].failure;
      mark_reported(failure.get());
      raise_failure(*failure, doing);
    }
  }
}

// ---- waiting ---------------------------------------------------------------------------------

void Scheduler::wait_for_events(std::vector<RecordedEvent*>& events) {
  for (RecordedEvent* event : events) event->event->sync();
  {
    const Lock lock(mutex_);
    for (RecordedEvent* event : events) streams_.finished(event, done_);
    retire(done_);
    if (config_.replay == SchedulerConfig::Replay::Auto && !events.empty()) {
      returned_us_ = device(0).now_us();
    }
  }
  events.clear();
  empty_trash();
}

// Waits until fewer operations are in flight than the cap allows.
void Scheduler::make_room() {
  std::vector<RecordedEvent*> events;
  {
    const Lock lock(mutex_);
    streams_.poll_all(done_);
    retire(done_);
    if (has_room()) return;
    run_held();
    if (const NodeId oldest = streams_.oldest(); oldest != kNoNode) {
      events.push_back(event_for(oldest));
    }
  }
  wait_for_events(events);
}

// Blocks until the node is done, well or badly.
void Scheduler::finish(NodeId node) {
  std::vector<RecordedEvent*> events;
  {
    const Lock lock(mutex_);
    if (!nodes_.alive(node) || nodes_.entry(node).complete) return;
    events.push_back(event_for(node));
  }
  wait_for_events(events);
}

void Scheduler::wait(NodeId node) {
  finish(node);
  const Lock lock(mutex_);
  const auto found = failed_.find(node);
  if (found == failed_.end()) return;
  const std::shared_ptr<const Error> failure = found->second;
  mark_reported(failure.get());
  throw Error(failure->code(), failure->message());
}

void Scheduler::sync() {
  std::vector<RecordedEvent*> events;
  {
    const Lock lock(mutex_);
    drain_releases();
    cut();
    for (StreamId stream = 0; stream < streams_.stream_count(); ++stream) {
      if (RecordedEvent* event = streams_.event_for_all(stream)) events.push_back(event);
    }
  }
  wait_for_events(events);
  std::shared_ptr<const Error> failure;
  std::size_t others = 0;
  {
    const Lock lock(mutex_);
    take_failures();
    if (!unreported_.empty()) {
      failure = unreported_.front();
      others = unreported_.size() - 1;
      unreported_.clear();
    }
  }
  if (failure) {
    throw Error(failure->code(),
                others == 0 ? failure->message()
                            : format("{} (and {} other failures)", failure->message(), others));
  }
}

bool Scheduler::is_ready(Storage& storage, ByteRange range) {
  const Lock lock(mutex_);
  for (int round = 0; round < 2; ++round) {
    bool busy = storage.host_writing;
    for (std::size_t i = 0; i < location_count_; ++i) {
      node_scratch_.clear();
      frontier_.writers(resource(storage.id, Location{static_cast<std::uint8_t>(i)}), range,
                        node_scratch_);
      for (const NodeId node : node_scratch_) busy |= !nodes_.entry(node).complete;
    }
    if (!busy) return true;
    if (round == 0) {  // what is known may be old
      cut();
      for (StreamId stream = 0; stream < streams_.stream_count(); ++stream) {
        if (RecordedEvent* event = streams_.event_for_all(stream)) streams_.release(event);
      }
      streams_.poll_all(done_);
      retire(done_);
    }
  }
  return false;
}

void Scheduler::wait_ready(Storage& storage, ByteRange range) {
  std::vector<RecordedEvent*> events;
  {
    const Lock lock(mutex_);
    drain_releases();
    for (std::size_t i = 0; i < location_count_; ++i) {
      node_scratch_.clear();
      frontier_.writers(resource(storage.id, Location{static_cast<std::uint8_t>(i)}), range,
                        node_scratch_);
      for (const NodeId node : node_scratch_) {
        if (!nodes_.entry(node).complete) events.push_back(event_for(node));
      }
    }
  }
  wait_for_events(events);
  const Lock lock(mutex_);
  raise_if_failed(storage, range, "waiting for an array");
}

}  // namespace sennit
