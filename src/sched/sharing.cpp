// sched/sharing.cpp: memory and streams of a device that other code of the process uses, too.
//
// Memory that is shared has a home: the location where the other code sees it. What that code does
// there the scheduler does not learn, so a copy elsewhere serves one access of the host and is
// forgotten, and what the host writes is copied home at once. Operations run where the home is.
// Between streams the other code says itself what waits for what, by `wait_for` and `stream_wait`.
#include <algorithm>

#include "base/text.h"
#include "sched/scheduler.h"

namespace sennit {

// ---- Memory ------------------------------------------------------------------------------------

// The unfinished nodes that use memory of released storages which overlaps `memory`.
std::vector<NodeId> Scheduler::users_of(const ReplicaMemory& memory) {
  std::vector<NodeId> users;
  const std::byte* const begin = memory.address();
  const std::byte* const end = begin + memory.allocation->bytes();
  for (const Grave& grave : graveyard_) {
    if (grave.memory == nullptr || end <= grave.memory || grave.memory + grave.bytes <= begin) {
      continue;
    }
    std::copy_if(grave.users.begin(), grave.users.end(), std::back_inserter(users),
                 [&](NodeId node) SENNIT_NO_THREAD_SAFETY_ANALYSIS {
                   return nodes_.alive(node) && !nodes_.entry(node).complete;
                 });
  }
  return users;
}

void Scheduler::adopt(Storage& storage, std::shared_ptr<ReplicaMemory> memory, int device,
                      bool shared) {
  // A frontier knows its own storage only: what an earlier one in the same memory has queued must
  // be over.
  for (std::vector<RecordedEvent*> events;;) {
    {
      const Lock lock(mutex_);
      drain_releases();
      for (const NodeId node : users_of(*memory)) events.push_back(event_for(node));
    }
    if (events.empty()) break;
    wait_for_events(events);
  }
  add(storage);
  const Lock lock(mutex_);
  const Location location =
      device == kHost ? Location::host() : location_of_device_[static_cast<std::size_t>(device)];
  coherence_.add(storage.id, storage.bytes, location);
  attach_memory(storage, location, std::move(memory));
  if (shared) {
    storage.home = location;
    storage.loans = 1;
    note_address(storage);
  }
}

std::byte* Scheduler::share(Storage& storage) {
  const Location home = location_of_device_[static_cast<std::size_t>(device_of(storage))];
  if (home.is_host()) fail("sharing device memory where the device has none of its own");
  std::byte* address = nullptr;
  stage(home, storage, {0, storage.bytes}, AccessMode::Read, {},
        [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
          storage.home = home;
          ++storage.loans;
          note_address(storage);
          storage.readable.close();
          storage.writable.close();
          storage.read_back = {};
          forget_copies(storage);
          address = storage.replica(home)->address();
          return true;
        });
  return address;
}

void Scheduler::note_address(Storage& storage) {
  if (storage.address_known) return;
  storage.address_known = true;
  known_.push_back(storage.id);
}

// What can be found through an address must be where the address says, from now on. Views that show
// the host's bytes keep theirs: the storage moves away from them once more, for good.
std::byte* Scheduler::expose(Storage& storage) {
  const int owner = device_of(storage);
  const Location location = location_of_device_[static_cast<std::size_t>(owner)];
  const AccessMode mode = location.is_host() ? AccessMode::ReadWrite : AccessMode::Read;
  std::byte* address = nullptr;
  stage(location, storage, {0, storage.bytes}, mode, {}, [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    note_address(storage);
    if (location.is_host()) storage.in_place.store(true, std::memory_order_release);
    // One of several devices: operations go where it is.
    if (device_count() > 1 && !storage.home) {
      storage.home = location;
      ++storage.loans;
    }
    address = storage.replica(location)->address();
    return true;
  });
  return address;
}

void Scheduler::expose(std::span<const ArrayId> arrays) {
  for (const ArrayId array : arrays) {
    Storage* storage = nullptr;
    {
      const Lock lock(mutex_);
      storage = storages_[array];
      if (storage->address_known) continue;
    }
    expose(*storage);
  }
}

std::vector<ArrayId> Scheduler::known_addresses() {
  const Lock lock(mutex_);
  drain_releases();
  return known_;
}

Storage& Scheduler::storage(ArrayId array) {
  const Lock lock(mutex_);
  return *storages_[array];
}

// `accesses`, and all storages whose address is known, read and written as a whole.
std::span<const Access> Scheduler::with_known(std::span<const Access> accesses) {
  accesses_scratch_.assign(accesses.begin(), accesses.end());
  for (const ArrayId array : known_) {
    std::erase_if(accesses_scratch_, [&](const Access& other) { return other.array == array; });
    accesses_scratch_.push_back({array, AccessMode::ReadWrite, {0, storages_[array]->bytes}});
  }
  return accesses_scratch_;
}

void Scheduler::unshare(Storage& storage) noexcept {
  const Lock lock(mutex_);
  if (--storage.loans == 0) storage.home.reset();
}

// Zeros and undefined contents are copies, too.
void Scheduler::forget_copies(Storage& storage) {
  const ByteRange all{0, storage.bytes};
  if (!storage.home || !coherence_.valid(storage.id, all, *storage.home)) return;
  coherence_.commit_access({storage.id, AccessMode::ReadWrite, all}, *storage.home);
}

void Scheduler::settle(Storage& storage) {
  Location home;
  {
    const Lock lock(mutex_);
    if (!storage.home) return;
    // Closing the view will do it.
    if (storage.view_open) return;
    home = *storage.home;
  }
  stage(home, storage, {0, storage.bytes}, AccessMode::Read, {},
        [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
          forget_copies(storage);
          return true;
        });
}

int Scheduler::device_of(Storage& storage) {
  const Lock lock(mutex_);
  if (storage.home) return device_of_location_[storage.home->index];
  // Where it is now, if it is on a device.
  for (int ordinal = 0; ordinal < device_count(); ++ordinal) {
    const Location location = location_of_device_[static_cast<std::size_t>(ordinal)];
    if ((coherence_.holders(storage.id) & location.bit()) != 0 && storage.replica(location)) {
      return ordinal;
    }
  }
  return 0;
}

void Scheduler::trim() {
  {
    const Lock lock(mutex_);
    drain_releases();
    streams_.poll_all(done_);
    retire(done_);
  }
  empty_trash();
  for (Device* device : devices_) device->trim();
}

// ---- Streams -----------------------------------------------------------------------------------

void Scheduler::wait_for(int device, NativeStream stream) {
  Device& owner = this->device(device);
  std::unique_ptr<Event> event = owner.create_event();
  owner.record_outside(stream, *event);
  const Lock lock(mutex_);
  run_held();
  streams_.order_behind(std::move(event));
}

void Scheduler::stream_wait(NativeStream stream, Storage& storage, ByteRange range) {
  Device& owner = device(device_of(storage));
  owner.wait_outside(stream, *owner.create_event());  // of no work: only to learn of refusals
  const Location location = location_of_device_[static_cast<std::size_t>(device_of(storage))];
  stage(location, storage, range, AccessMode::Read, {}, [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    // As if the other code wrote: it waits for readers, too.
    transfer_set_.start(nodes_);
    frontier_.collect(resource(storage.id, location), range, AccessMode::ReadWrite, transfer_set_);
    for (const ParentSet::Parent& parent : transfer_set_.parents) {
      if (nodes_.entry(parent.node).complete) continue;
      RecordedEvent* const event = event_for(parent.node);
      owner.wait_outside(stream, *event->event);
      streams_.release(event);
    }
    return true;
  });
}

}  // namespace sennit
