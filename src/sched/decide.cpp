// sched/decide.cpp: the plan for one operation. Changes nothing.
#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "sched/scheduler.h"

namespace sennit {

// Answers a placement policy from the scheduler's own state.
class Scheduler::Query final : public PlacementQuery {
 public:
  Query(Scheduler& scheduler, const Operation& operation, std::span<const int> devices)
      : scheduler_(scheduler), operation_(operation), devices_(devices) {}

  int device_count() const override { return scheduler_.device_count(); }
  std::span<const int> devices() const override { return devices_; }
  std::span<const NodeId> parents() const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    std::vector<NodeId>& writers = parents_;
    writers.clear();
    for (const Access& access : operation_.accesses) {
      if (!reads(access.mode)) continue;
      for (std::size_t i = 0; i < scheduler_.location_count_; ++i) {
        const Location location{static_cast<std::uint8_t>(i)};
        scheduler_.frontier_.writers(scheduler_.resource(access.array, location), access.range,
                                     writers);
      }
    }
    std::sort(writers.begin(), writers.end());
    writers.erase(std::unique(writers.begin(), writers.end()), writers.end());
    return writers;
  }
  int device_of(NodeId parent) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return scheduler_.infos_[slot_of(parent)].device;
  }
  std::span<const Holding> holdings() const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    if (holdings_.empty()) {
      for (const Access& access : operation_.accesses) {
        scheduler_.coherence_.holdings(access.array, access.range, holdings_);
      }
    }
    return holdings_;
  }
  Location location_of(int device) const override {
    return scheduler_.location_of_device_[static_cast<std::size_t>(device)];
  }
  double bandwidth(Location from, Location to) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return scheduler_.coherence_.topology().bandwidth(from, to);
  }
  std::size_t missing_bytes(int device) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    std::size_t sum = 0;
    for (const Access& access : operation_.accesses) {
      sum += scheduler_.coherence_.missing_bytes(access, location_of(device));
    }
    return sum;
  }
  std::size_t in_flight(int device) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return scheduler_.streams_.in_flight(device);
  }
  std::size_t busy_streams(int device) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return scheduler_.streams_.busy_streams(device);
  }
  double data_threshold() const override { return scheduler_.config_.data_threshold; }

 private:
  Scheduler& scheduler_;
  const Operation& operation_;
  const std::span<const int> devices_;
  // Once asked for.
  mutable std::vector<NodeId> parents_;
  mutable std::vector<Holding> holdings_;
};

// Answers a stream policy about the work that `parent_streams_` was filled for.
class Scheduler::Streams final : public StreamQuery {
 public:
  Streams(Scheduler& scheduler, int device, const StreamNeeds& needs)
      : scheduler_(scheduler), device_(device), needs_(needs) {}

  std::span<const ParentStream> parents() const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return scheduler_.parent_streams_;
  }
  int idle_stream() override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return as_int(scheduler_.streams_.idle(device_));
  }
  int last_stream() const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return as_int(scheduler_.streams_.last_used(device_));
  }
  bool worth_crossing() override {
    // A copy on the way takes longer than a crossing, however small: its engine must be started,
    // and the kernel behind it. Others can run meanwhile.
    if (needs_.behind_copies) return true;
    const Device& device = scheduler_.device(device_);
    return estimated_us(device) > device.info().crossing_us;
  }

 private:
  static int as_int(StreamId stream) {
    return stream == kNoStream ? kNewStream : static_cast<int>(stream);
  }

  // From earlier runs where the backend knows them, else from the bytes it may touch.
  double estimated_us(const Device& device) const {
    // Without a function, and without one that is not loaded there yet: `submit` loads it and
    // decides anew.
    if (needs_.function != nullptr) {
      const auto known = needs_.function->typical_us(*needs_.config, needs_.bytes);
      if (known) return *known;
    }
    return static_cast<double>(needs_.bytes) / device.info().bytes_per_second * 1e6;
  }

  Scheduler& scheduler_;
  const int device_;
  const StreamNeeds& needs_;
};

void Scheduler::decide(const Operation& operation, std::span<const Prepared> prepared, int placed,
                       Plan& plan) {
  plan.clear();
  if (predecessors_) find_predecessors(operation);
  plan.device = place(operation, placed);
  plan.location = operation.kind == OperationKind::HostCall
                      ? Location::host()
                      : location_of_device_[static_cast<std::size_t>(plan.device)];
  plan_memory(operation, prepared, plan);
  if (!plan.missing.empty()) return;
  staged_.clear();
  for (const Access& access : operation.accesses) coherence_.stage(access, plan.location, staged_);
  for (const Access& access : operation.untracked) {
    if (access.mode == AccessMode::None) continue;
    coherence_.stage({access.array, AccessMode::Read, access.range}, plan.location, staged_);
  }
  plan_transfers(plan);
  collect_parents(operation, plan);
}

int Scheduler::place(const Operation& operation, int placed) {
  if (operation.kind == OperationKind::HostCall) return device_of_location_[0];
  if (devices_.size() == 1) return 0;
  // Memory that others share is used where it is.
  for (const Access& access : operation.accesses) {
    if (const auto home = storages_[access.array]->home) return device_of_location_[home->index];
  }
  if (operation.device != Operation::kAnyDevice) return operation.device;
  if (placed != Operation::kAnyDevice) return placed;  // a policy is asked once
  std::vector<int> devices;
  if (predecessors_) stream_policy_->devices(predecessor_streams_, devices);
  if (devices.empty()) {
    devices.resize(devices_.size());
    std::iota(devices.begin(), devices.end(), 0);
  }
  std::sort(devices.begin(), devices.end());
  const int device = placement_->place(Query(*this, operation, devices));
  if (std::find(devices.begin(), devices.end(), device) == devices.end()) {
    fail(format("policy '{}' placed '{}' on device {}, which it was not offered",
                config_.placement_policy, operation.label, device));
  }
  return device;
}

void Scheduler::plan_memory(const Operation& operation, std::span<const Prepared> prepared,
                            Plan& plan) {
  for (const Access& access : operation.untracked) {
    const Storage& storage = *storages_[access.array];
    if (!storage.replica(plan.location)) {
      plan.missing.push_back({access.array, storage.serial, plan.location, false});
    }
  }
  for (const Access& access : operation.accesses) {
    const Storage& storage = *storages_[access.array];
    const std::shared_ptr<ReplicaMemory>& memory = storage.replica(plan.location);
    if (!memory) {
      plan.missing.push_back({access.array, storage.serial, plan.location, false});
      continue;
    }
    if (!plan.location.is_host() || storage.in_place) continue;
    if (memory->pins.load(std::memory_order_acquire) == 0) continue;
    // Views show these bytes: neither the operation nor a transfer may change them.
    const bool changes =
        writes(access.mode) || !coherence_.valid(access.array, access.range, plan.location);
    if (!changes) continue;
    const auto same = [&](const auto& other) { return other.array == access.array; };
    if (std::any_of(plan.moves.begin(), plan.moves.end(), same)) continue;
    const auto ready = [&](const Prepared& p) {
      return p.what.array == access.array && p.what.serial == storage.serial;
    };
    if (std::none_of(prepared.begin(), prepared.end(), ready)) {
      plan.missing.push_back({access.array, storage.serial, plan.location, true});
    }
    plan.moves.push_back({access.array, plan.location});
  }
}

// Of `staged_`.
void Scheduler::plan_transfers(Plan& plan) {
  for (const Transfer& transfer : staged_) {
    PlannedTransfer planned{transfer, plan.device, kNoStream, 0, 0};
    if (!transfer.from.is_zero() && plan.location.is_host()) {
      planned.device = device_of_location_[transfer.from.index];
    }
    transfer_set_.start(nodes_);
    frontier_.collect(resource(transfer.array, transfer.to), transfer.range, AccessMode::Overwrite,
                      transfer_set_);
    if (!transfer.from.is_zero()) {
      frontier_.collect(resource(transfer.array, transfer.from), transfer.range, AccessMode::Read,
                        transfer_set_);
    }
    planned.first_parent = static_cast<std::uint32_t>(plan.transfer_parents.size());
    plan.transfer_parents.insert(plan.transfer_parents.end(), transfer_set_.parents.begin(),
                                 transfer_set_.parents.end());
    planned.last_parent = static_cast<std::uint32_t>(plan.transfer_parents.size());

    plan.transfers.push_back(planned);
  }
}

void Scheduler::collect_parents(const Operation& operation, Plan& plan) {
  plan.parents.start(nodes_);
  for (const Access& access : operation.accesses) {
    frontier_.collect(resource(access.array, plan.location), access.range, access.mode,
                      plan.parents);
  }
  // An untracked array waits for nobody, but for the transfer that brings it.
  for (const PlannedTransfer& planned : plan.transfers) {
    const auto same = [&](const Access& access) { return access.array == planned.transfer.array; };
    if (std::none_of(operation.untracked.begin(), operation.untracked.end(), same)) continue;
    frontier_.collect(resource(planned.transfer.array, plan.location), planned.transfer.range,
                      AccessMode::Read, plan.parents);
  }
  for (const NodeId node : operation.after) frontier_.collect_node(node, plan.parents);
}

// ---- Streams -----------------------------------------------------------------------------------

void Scheduler::find_predecessors(const Operation& operation) {
  predecessor_streams_.clear();
  for (const NodeId node : predecessors_->find(operation.accesses, operation.after)) {
    const StreamId stream = streams_.stream_of(node);
    predecessor_streams_.push_back({static_cast<int>(stream), streams_.is_tail(node),
                                    streams_.device_of(stream), predecessors_->followed(node)});
  }
}

// `node` is what `find_predecessors` was last asked about, and has gone on `stream`: there it
// follows the first of them that nobody had followed before.
void Scheduler::add_predecessor(NodeId node, const Operation& operation, StreamId stream) {
  for (const NodeId parent : predecessors_->find(operation.accesses, operation.after)) {
    if (streams_.stream_of(parent) != stream || predecessors_->followed(parent)) continue;
    predecessors_->follow(parent);
    break;
  }
  predecessors_->add(node, operation.accesses);
}

void Scheduler::choose_streams(const Operation& operation, Plan& plan) {
  place_transfers(plan, plan.parents.parents.empty());
  StreamNeeds needs;
  needs.bytes = operation.touched_bytes();
  if (const auto* launch = std::get_if<LaunchWork>(&operation.work)) {
    needs.function = launch->source->find(plan.device);
    needs.config = &launch->config;
  }
  parent_streams_.clear();
  for (const ParentSet::Parent& parent : plan.parents.parents) join(parent.node, plan.device);
  for (const PlannedTransfer& planned : plan.transfers) {
    needs.behind_copies |= !planned.transfer.from.is_zero();
    // Its fill goes on the operation's stream; what the fill waits for counts as a parent.
    if (planned.stream != kNoStream) continue;
    for (const ParentSet::Parent& parent : plan.parents_of(planned)) {
      join(parent.node, plan.device);
    }
  }
  if (predecessors_) {  // these are the parents instead
    parent_streams_.clear();
    for (const ParentStream& parent : predecessor_streams_) {
      if (parent.device == plan.device) parent_streams_.push_back(parent);
    }
  }
  plan.stream = choose_stream(plan.device, needs);
}

void Scheduler::place_transfers(Plan& plan, bool root) {
  for (PlannedTransfer& planned : plan.transfers) {
    planned.stream =
        transfer_stream(planned.transfer, planned.device, plan.parents_of(planned), root);
  }
}

// The stream of a transfer that waits for `parents`; kNoStream: that of its operation.
// Copies go on streams of their own, beside kernels. Fills stay with the operation, as do copies
// that are over before another stream could have been told to wait for them, if the operation has
// nothing else to wait for (`root`): else they would wait with it.
StreamId Scheduler::transfer_stream(const Transfer& transfer, int device_ordinal,
                                    std::span<const ParentSet::Parent> parents, bool root) {
  StreamId stream = kNoStream;
  copy_parents_.clear();
  for (const ParentSet::Parent& parent : parents) {
    if (!nodes_.in_flight(parent.node) || is_held(parent.node)) continue;
    copy_parents_.push_back(parent.node);
    // Behind its writer while that is its stream's tail: no event, no crossing.
    if (parent.data && streams_.is_tail(parent.node) &&
        streams_.device_of(streams_.stream_of(parent.node)) == device_ordinal) {
      stream = streams_.stream_of(parent.node);
    }
  }
  if (stream != kNoStream || transfer.from.is_zero()) return stream;
  if (transfer.from.is_host() && transfer.to.is_host()) return kNoStream;
  const DeviceInfo& info = device(device_ordinal).info();
  const double copy_us =
      static_cast<double>(transfer.range.size()) / info.link_bytes_per_second * 1e6;
  if (root && copy_us < info.crossing_us) return kNoStream;
  const StreamRole role = transfer.to.is_host() ? StreamRole::CopyOut : StreamRole::CopyIn;
  return streams_.copy_stream(device_ordinal, role, copy_parents_);
}

// Adds the stream of `parent` to those that the next `choose_stream` is about.
void Scheduler::join(NodeId parent, int device) {
  if (!nodes_.in_flight(parent) || is_held(parent)) return;
  const StreamId stream = streams_.stream_of(parent);
  if (streams_.device_of(stream) != device || streams_.role(stream) != StreamRole::Compute) return;
  parent_streams_.push_back({static_cast<int>(stream), streams_.is_tail(parent)});
}

StreamId Scheduler::choose_stream(int device, const StreamNeeds& needs) {
  Streams query(*this, device, needs);
  int answer = parent_streams_.empty() ? stream_policy_->root(query) : stream_policy_->child(query);
  if (answer == StreamQuery::kAsRoot) answer = stream_policy_->root(query);
  return answer < 0 ? kNoStream : static_cast<StreamId>(answer);
}

}  // namespace sennit
