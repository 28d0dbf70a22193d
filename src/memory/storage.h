// memory/storage.h: the bytes that arrays are views of, and their replicas.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backend/backend.h"
#include "base/access.h"
#include "base/error.h"
#include "memory/host_window.h"
#include "memory/location.h"

namespace sennit {

// One generation of a replica's memory. Host views pin it: while it is pinned its bytes do not
// change, and the next writer moves to a fresh generation.
struct ReplicaMemory {
  explicit ReplicaMemory(std::unique_ptr<Allocation> memory) : allocation(std::move(memory)) {}
  std::byte* address() const { return static_cast<std::byte*>(allocation->address()); }

  std::unique_ptr<Allocation> allocation;
  std::atomic<int> pins{0};
};

// What the host is expected to read, from what it did before; see Scheduler::read_back.
struct ReadBack {
  ByteRange range;                    // empty: nothing
  std::uint32_t expected_writes = 0;  // by devices, from one host read to the next
  std::uint32_t writes = 0;           // since the last host read
  bool issued = false;                // the copy is queued
};

// Made by the runtime, tracked by the scheduler. Members below the line are guarded by the
// scheduler's mutex.
struct Storage {
  // Constant after `Scheduler::add`.
  std::size_t bytes = 0;
  ArrayId id = 0;
  std::uint64_t serial = 0;  // never reused, unlike `id`
  // The host's memory is somebody else's, or others know its address: writers never move away from
  // it, so a snapshot is a copy. Once true it stays so.
  std::atomic<bool> in_place = false;

  // Where other code of the process finds the bytes, if it does: kept by the runtime.
  const std::byte* listed_at = nullptr;

  // Any thread; opened under the scheduler's lock.
  HostWindow readable;  // host bytes current, nobody writing them
  HostWindow writable;  // ... valid nowhere else, and nobody reading them
  // The host's bytes, for the fast path. Changes only while both windows are closed.
  std::atomic<std::byte*> mirror{nullptr};

  // ---- guarded by the scheduler's mutex ----
  std::vector<std::shared_ptr<ReplicaMemory>> replicas;  // by Location::index; null: none
  // Where other code of the process uses the same memory, if it does: see sched/sharing.cpp.
  std::optional<Location> home;
  int loans = 0;  // to other code; each keeps `home`
  // Other code has been told where the bytes are on the device: they stay there.
  bool address_known = false;
  // A host thread is writing the bytes or copying them, or a writable view is open.
  bool host_writing = false;
  bool view_open = false;
  SourceLocation view_opened_at;
  ReadBack read_back;
  // The device's memory before the last large copy, while operations still use it.
  std::weak_ptr<ReplicaMemory> displaced;
  // How much a miss of the fast path fetches: doubles with sequential access.
  std::size_t window_bytes = 0;
  std::size_t last_miss_end = 0;

  const std::shared_ptr<ReplicaMemory>& replica(Location location) const {
    return replicas[location.index];
  }
};

}  // namespace sennit
