// sched/scheduler.cpp: construction, and the decision for one operation.
#include "sched/scheduler.h"

#include <algorithm>

#include "base/text.h"

namespace sennit {

// Answers a placement policy from the scheduler's own state.
class Scheduler::Query final : public PlacementQuery {
 public:
  Query(Scheduler& scheduler, const Operation& operation) SENNIT_NO_THREAD_SAFETY_ANALYSIS
      : scheduler_(scheduler),
        operation_(operation) {
    std::vector<NodeId>& writers = parents_;
    for (const Access& access : operation.accesses) {
      if (!reads(access.mode)) continue;
      for (std::size_t i = 0; i < scheduler.location_count_; ++i) {
        const Location location{static_cast<std::uint8_t>(i)};
        scheduler.frontier_.writers(scheduler.resource(access.array, location), access.range,
                                    writers);
      }
    }
    std::sort(writers.begin(), writers.end());
    writers.erase(std::unique(writers.begin(), writers.end()), writers.end());
  }

  int device_count() const override { return scheduler_.device_count(); }
  std::span<const NodeId> parents() const override { return parents_; }
  int device_of(NodeId parent) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return scheduler_.infos_[slot_of(parent)].device;
  }
  std::size_t missing_bytes(int device) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    std::size_t sum = 0;
    const Location location = scheduler_.location_of_device_[static_cast<std::size_t>(device)];
    for (const Access& access : operation_.accesses) {
      sum += scheduler_.coherence_.missing_bytes(access, location);
    }
    return sum;
  }
  std::size_t in_flight(int device) const override SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return scheduler_.streams_.in_flight(device);
  }

 private:
  Scheduler& scheduler_;
  const Operation& operation_;
  std::vector<NodeId> parents_;
};

// Answers a stream policy.
class Scheduler::Streams final : public StreamQuery {
 public:
  Streams(Scheduler& scheduler, const Operation& operation, int device)
      : scheduler_(scheduler), operation_(operation), device_(device) {}

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
    const Device& device = scheduler_.device(device_);
    return estimated_us(device) > device.info().crossing_us;
  }

 private:
  static int as_int(StreamId stream) {
    return stream == kNoStream ? kNewStream : static_cast<int>(stream);
  }

  // From earlier runs where the backend knows them, else from the bytes it may touch.
  double estimated_us(const Device& device) const {
    if (const auto* launch = std::get_if<LaunchWork>(&operation_.work)) {
      if (const auto known = launch->source->find(device_)->typical_us(launch->config))
        return *known;
    }
    std::size_t bytes = 0;
    for (const Access& access : operation_.accesses) bytes += access.range.size();
    return static_cast<double>(bytes) / device.info().bytes_per_second * 1e6;
  }

  Scheduler& scheduler_;
  const Operation& operation_;
  const int device_;
};

namespace {

Topology make_topology(std::span<Device* const> devices) {
  int own = 0;
  for (const Device* device : devices) own += device->info().shares_host_memory ? 0 : 1;
  Topology topology(own);
  int k = 0;
  for (const Device* device : devices) {
    if (device->info().shares_host_memory) continue;
    const Location location = Location::device(k++);
    topology.set_bandwidth(Location::host(), location, device->info().link_bytes_per_second);
    topology.set_bandwidth(location, Location::host(), device->info().link_bytes_per_second);
  }
  return topology;
}

}  // namespace

Scheduler::Scheduler(std::span<Device* const> devices, const SchedulerConfig& config)
    : config_(config),
      devices_(devices.begin(), devices.end()),
      coherence_(make_topology(devices)),
      streams_(devices, {config.max_streams, 64}),
      placement_(find_policy(config.placement_policy).make()),
      stream_policy_(make_stream_policy(config.stream_policy)) {
  if (devices_.empty()) fail("a scheduler without devices");
  device_of_location_.push_back(0);
  for (int ordinal = 0; ordinal < device_count(); ++ordinal) {
    if (device(ordinal).info().shares_host_memory) {
      location_of_device_.push_back(Location::host());
      device_of_location_[0] = ordinal;
    } else {
      location_of_device_.push_back(Location::device(static_cast<int>(location_count_++) - 1));
      device_of_location_.push_back(ordinal);
    }
  }
}

Scheduler::~Scheduler() {
  try {
    sync();
  } catch (...) {  // a failure that nobody asked for
  }
  Trash rest;
  {
    const Lock lock(mutex_);
    drain_releases();
    for (Grave& grave : graveyard_) rest.push_back(std::move(grave.object));
    graveyard_.clear();
    rest.insert(rest.end(), trash_.begin(), trash_.end());
    trash_.clear();
  }
}

void Scheduler::add(Storage& storage, bool undefined) {
  const Lock lock(mutex_);
  drain_releases();
  if (free_arrays_.empty()) {
    free_arrays_.push_back(static_cast<ArrayId>(storages_.size()));
    storages_.push_back(nullptr);
  }
  storage.id = free_arrays_.back();
  free_arrays_.pop_back();
  storage.serial = next_serial_++;
  storage.replicas.resize(location_count_);
  storages_[storage.id] = &storage;
  if (undefined) {
    coherence_.add_undefined(storage.id, storage.bytes);
  } else {
    coherence_.add(storage.id, storage.bytes, Location::zero());
  }
  ++counts_.storages;
}

void Scheduler::adopt(Storage& storage, std::shared_ptr<ReplicaMemory> memory) {
  add(storage);
  const Lock lock(mutex_);
  coherence_.add(storage.id, storage.bytes, Location::host());
  attach_memory(storage, Location::host(), std::move(memory));
}

void Scheduler::attach_memory(Storage& storage, Location location,
                              std::shared_ptr<ReplicaMemory> memory) {
  counts_.allocated_bytes += memory->allocation->bytes();
  if (location.is_host()) storage.mirror.store(memory->address(), std::memory_order_release);
  storage.replicas[location.index] = std::move(memory);
}

// ---- deciding --------------------------------------------------------------------------------

NodeId Scheduler::submit(const Operation& operation) {
  std::vector<Prepared> prepared;
  for (;;) {
    int load_on = -1;
    std::vector<MissingMemory> missing;
    NodeId node = kNoNode;
    bool room = true;
    Storage* busy = nullptr;
    {
      const Lock lock(mutex_);
      drain_releases();
      check_storages(operation.accesses);
      room = streams_.in_flight() < config_.max_in_flight;
      if (any_host_writing(operation.accesses)) {
        for (const Access& access : operation.accesses) {
          if (storages_[access.array]->host_writing) busy = storages_[access.array];
        }
      } else if (room) {
        decide(operation, prepared, plan_);
        const auto* launch = std::get_if<LaunchWork>(&operation.work);
        if (launch != nullptr && launch->source->find(plan_.device) == nullptr) {
          load_on = plan_.device;
        } else if (plan_.missing.empty()) {
          node = issue(operation, prepared, plan_);
        } else {
          missing = plan_.missing;
        }
      }
    }
    if (node != kNoNode) {
      empty_trash();
      if (config_.serial) finish(node);
      return node;
    }
    if (busy != nullptr) wait_while_host_writes(*busy);
    if (!room) make_room();
    if (load_on >= 0) std::get<LaunchWork>(operation.work).source->load(load_on);
    for (const MissingMemory& what : missing) {
      std::size_t bytes = 0;
      {
        const Lock lock(mutex_);
        bytes = storages_[what.array]->bytes;
      }
      std::shared_ptr<ReplicaMemory> memory = allocate(what, bytes);
      if (what.fresh) {
        prepared.push_back({what, std::move(memory)});
        continue;
      }
      const Lock lock(mutex_);
      Storage& storage = *storages_[what.array];
      // Another thread may have been faster.
      if (!storage.replica(what.location)) attach_memory(storage, what.location, std::move(memory));
    }
  }
}

std::string Scheduler::explain(const Operation& operation) {
  const Lock lock(mutex_);
  Plan plan;
  decide(operation, {}, plan);
  return plan.to_text(operation);
}

void Scheduler::check_storages(std::span<const Access> accesses) {
  for (const Access& access : accesses) {
    if (storages_[access.array]->view_open) refuse_open_view(*storages_[access.array]);
  }
}

bool Scheduler::any_host_writing(std::span<const Access> accesses) {
  for (const Access& access : accesses) {
    if (storages_[access.array]->host_writing) return true;
  }
  return false;
}

void Scheduler::decide(const Operation& operation, std::span<const Prepared> prepared, Plan& plan) {
  plan.clear();
  plan.device = place(operation);
  plan.location = operation.kind == OperationKind::HostCall
                      ? Location::host()
                      : location_of_device_[static_cast<std::size_t>(plan.device)];
  plan_memory(operation, prepared, plan);
  if (!plan.missing.empty()) return;
  staged_.clear();
  for (const Access& access : operation.accesses) coherence_.stage(access, plan.location, staged_);
  for (const Access& access : operation.untracked) {
    coherence_.stage({access.array, AccessMode::Read, access.range}, plan.location, staged_);
  }
  plan_transfers(plan);
  collect_parents(operation, plan);
  plan.stream = choose_stream(operation, plan);
}

int Scheduler::place(const Operation& operation) {
  if (operation.device != Operation::kAnyDevice) return operation.device;
  if (operation.kind == OperationKind::HostCall) return device_of_location_[0];
  if (devices_.size() == 1) return 0;
  const int device = placement_->place(Query(*this, operation));
  if (device < 0 || device >= device_count()) {
    fail(format("policy '{}' placed '{}' on device {} of {}", config_.placement_policy,
                operation.label, device, device_count()));
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
    if (!plan.location.is_host() || storage.foreign) continue;
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

    // Behind its writer while that is its stream's tail: no event, no crossing.
    node_scratch_.clear();
    for (const ParentSet::Parent& parent : transfer_set_.parents) {
      if (nodes_.entry(parent.node).complete) continue;
      node_scratch_.push_back(parent.node);
      if (parent.data && streams_.is_tail(parent.node) &&
          streams_.device_of(streams_.stream_of(parent.node)) == planned.device) {
        planned.stream = streams_.stream_of(parent.node);
      }
    }
    if (planned.stream == kNoStream && !transfer.from.is_zero() &&
        !(transfer.from.is_host() && transfer.to.is_host())) {
      const StreamRole role = transfer.to.is_host() ? StreamRole::CopyOut : StreamRole::CopyIn;
      planned.stream = streams_.copy_stream(planned.device, role, node_scratch_);
    }
    plan.transfers.push_back(planned);  // kNoStream: the operation's own, for fills
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

StreamId Scheduler::choose_stream(const Operation& operation, Plan& plan) {
  parent_streams_.clear();
  const auto join =
      [&](std::span<const ParentSet::Parent> parents) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
        for (const ParentSet::Parent& parent : parents) {
          if (nodes_.entry(parent.node).complete) continue;
          const StreamId stream = streams_.stream_of(parent.node);
          if (streams_.device_of(stream) != plan.device ||
              streams_.role(stream) != StreamRole::Compute) {
            continue;
          }
          parent_streams_.push_back({static_cast<int>(stream), streams_.is_tail(parent.node)});
        }
      };
  join(plan.parents.parents);
  for (const PlannedTransfer& planned : plan.transfers) {
    // Its fill goes on the operation's stream; what the fill waits for counts as a parent.
    if (planned.stream != kNoStream) continue;
    join(std::span(plan.transfer_parents)
             .subspan(planned.first_parent, planned.last_parent - planned.first_parent));
  }
  Streams query(*this, operation, plan.device);
  int answer = parent_streams_.empty() ? stream_policy_->root(query) : stream_policy_->child(query);
  if (answer == StreamQuery::kAsRoot) answer = stream_policy_->root(query);
  return answer < 0 ? kNoStream : static_cast<StreamId>(answer);
}

std::byte* Scheduler::address(const ArrayPlace& place, Location location) {
  return storages_[place.array]->replica(location)->address() + place.offset_bytes;
}

// ---- memory ----------------------------------------------------------------------------------

std::shared_ptr<ReplicaMemory> Scheduler::allocate(const MissingMemory& missing,
                                                   std::size_t bytes) {
  const std::size_t size = std::max<std::size_t>(bytes, 1);
  Device& owner = device(device_of_location_[missing.location.index]);
  for (bool again = true;; again = false) {
    try {
      return std::make_shared<ReplicaMemory>(missing.location.is_host() ? owner.allocate_host(size)
                                                                        : owner.allocate(size));
    } catch (Error& error) {
      if (error.code() != ErrorCode::OutOfMemory || !again) throw;
      // Memory of released arrays may only wait for work to finish.
      try {
        sync();
      } catch (const Error&) {  // not this call's to report
      }
    }
  }
}

// ---- observing -------------------------------------------------------------------------------

void Scheduler::attach(std::shared_ptr<Observer> observer) {
  const Lock lock(mutex_);
  observers_.push_back(std::move(observer));
}

void Scheduler::detach(const Observer* observer) {
  const Lock lock(mutex_);
  std::erase_if(observers_, [&](const auto& other) { return other.get() == observer; });
}

SchedulerStatistics Scheduler::statistics() {
  const Lock lock(mutex_);
  drain_releases();
  streams_.poll_all(done_);
  retire(done_);
  SchedulerStatistics now = counts_;
  now.streams = streams_.stream_count();
  now.in_flight = streams_.in_flight();
  now.events = streams_.live_events();
  return now;
}

}  // namespace sennit
