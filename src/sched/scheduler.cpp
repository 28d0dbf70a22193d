// sched/scheduler.cpp: construction, storages, and the way of one operation.
#include "sched/scheduler.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "memory/bandwidths.h"

namespace sennit {

namespace {

Topology make_topology(std::span<Device* const> devices, const SchedulerConfig& config) {
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
  if (devices.size() > 1 && find_policy(config.placement_policy).by_bandwidth) {
    set_bandwidths(topology, devices,
                   find_bandwidths(devices, config.bandwidth_matrix, config.cache_dir));
  }
  return topology;
}

// In tests every batch gets a graph at first sight.
ReplayGraphs::Limits graph_limits(const SchedulerConfig& config) {
  ReplayGraphs::Limits limits;
  if (config.replay == SchedulerConfig::Replay::Always) limits.sightings = 1;
  return limits;
}

}  // namespace

Scheduler::Scheduler(std::span<Device* const> devices, const SchedulerConfig& config)
    : config_(config),
      devices_(devices.begin(), devices.end()),
      copy_threads_(config.copy_threads != 0 ? config.copy_threads : CopyThreads::standard_count()),
      coherence_(make_topology(devices, config)),
      streams_(devices, {config.max_streams, 64}),
      replay_graphs_(graph_limits(config)),
      placement_(find_policy(config.placement_policy).make()),
      stream_policy_(make_stream_policy(config.stream_policy)) {
  if (devices_.empty()) fail("a scheduler without devices");
  if (stream_policy_->by_program()) predecessors_.emplace();
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
  {
    std::unique_ptr<Backstop> backstop;
    const Lock lock(mutex_);
    backstop = std::move(backstop_);
  }
  try {
    sync();
  } catch (...) {  // a failure that nobody asked for
  }
  // What goes may release more: a kernel has storages.
  for (Trash rest;; rest.clear()) {
    const Lock lock(mutex_);
    drain_releases();
    for (Grave& grave : graveyard_) rest.push_back(std::move(grave.object));
    graveyard_.clear();
    rest.insert(rest.end(), trash_.begin(), trash_.end());
    trash_.clear();
    if (rest.empty()) break;
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

void Scheduler::attach_memory(Storage& storage, Location location,
                              std::shared_ptr<ReplicaMemory> memory) {
  counts_.allocated_bytes += memory->allocation->bytes();
  if (location.is_host()) storage.mirror.store(memory->address(), std::memory_order_release);
  storage.replicas[location.index] = std::move(memory);
}

// ---- deciding --------------------------------------------------------------------------------

NodeId Scheduler::submit(const Operation& given) {
  if (!given.touches_known) [[likely]]
    return submit_as_given(given);
  Operation operation = given;
  return submit_as_given(operation, &operation);
}

// `operation` again where its accesses are to be completed, each time anew: arrays come and go.
NodeId Scheduler::submit_as_given(const Operation& operation, Operation* completed) {
  const std::span<const Access> given = operation.accesses;
  std::vector<Prepared> prepared;
  int placed = Operation::kAnyDevice;
  for (;;) {
    int load_on = -1;
    std::vector<MissingMemory> missing;
    NodeId node = kNoNode;
    bool room = true;
    bool trash = false;
    Storage* busy = nullptr;
    std::string told;  // formatted under the lock, logged without
    {
      const Lock lock(mutex_);
      drain_releases();
      if (completed != nullptr) completed->accesses = with_known(given);
      check_storages(operation.accesses);
      room = has_room();
      if (any_host_writing(operation.accesses)) {
        for (const Access& access : operation.accesses) {
          if (storages_[access.array]->host_writing) busy = storages_[access.array];
        }
      } else if (room) {
        decide(operation, prepared, placed, plan_);
        placed = plan_.device;
        const auto* launch = std::get_if<LaunchWork>(&operation.work);
        if (launch != nullptr && launch->source->find(plan_.device) == nullptr) {
          load_on = plan_.device;
        } else if (plan_.missing.empty()) {
          node = issue_or_hold(operation, prepared, plan_);
          if (logs(LogLevel::Debug)) {
            told = format("#{} {}", number_of(node), plan_.to_text(operation));
          }
        } else {
          missing = plan_.missing;
        }
      }
      trash = !trash_.empty();
    }
    if (!told.empty()) log(LogLevel::Debug, "{}", told);
    if (node != kNoNode) {
      if (trash) empty_trash();
      if (config_.serial) finish(node);
      return node;
    }
    if (busy != nullptr) wait_while_host_writes(*busy);
    if (!room) make_room();
    if (load_on >= 0) std::get<LaunchWork>(operation.work).source->load(load_on);
    for (const MissingMemory& what : missing) {
      const auto is_gone = [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
        const Storage* storage = storages_[what.array];
        return storage == nullptr || storage->serial != what.serial;
      };
      std::size_t bytes = 0;
      {
        const Lock lock(mutex_);
        if (is_gone()) continue;
        bytes = storages_[what.array]->bytes;
      }
      std::shared_ptr<ReplicaMemory> memory = allocate(what, bytes);
      if (what.fresh) {
        prepared.push_back({what, std::move(memory)});
        continue;
      }
      const Lock lock(mutex_);
      if (is_gone()) continue;
      Storage& storage = *storages_[what.array];
      // Another thread may have been faster.
      if (!storage.replica(what.location)) attach_memory(storage, what.location, std::move(memory));
    }
  }
}

std::string Scheduler::explain(const Operation& operation) {
  const Lock lock(mutex_);
  Plan plan;
  run_held();
  decide(operation, {}, Operation::kAnyDevice, plan);
  choose_streams(operation, plan);
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
  now.in_flight = streams_.nodes_in_flight() + held_.size();
  now.events = streams_.live_events();
  now.replay_graphs = replay_graphs_.counts().built;
  now.replay_updates = replay_graphs_.counts().updated;
  now.replay_trials = trials_.counts().decisions;
  now.replay_gains = trials_.counts().held;
  now.replay_saved_us = trials_.counts().saved_us;
  return now;
}

}  // namespace sennit
