// sched/large_copies.cpp: large copies between a device and memory of the caller.
//
// The driver copies page-locked memory only, and a mirror of the whole array would have to be
// locked first. So a large copy goes in chunks through a few pieces of memory that are used again
// and again (docs/design/cuda.md):
//
//   in    the threads copy   | 0 | 1 | 2 | 3 | ...          out   | transfer  | 0 | 1 | 2 | ...
//         then a transfer        | 0 | 1 | 2 | ...                then the threads | 0 | 1 | ...
//
// Each chunk's transfer is a node like others. To other threads the copy is one access: meanwhile
// their operations on the array wait, as they do for a host write. The mirror takes no part. The
// lock is held while a chunk is queued, and never while anything is waited for or copied.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/copy_threads.h"
#include "sched/scheduler.h"

namespace sennit {
namespace {

using Clock = std::chrono::steady_clock;

// Chunks of a copy that have memory at once: half of them are being transferred, the other half
// copied, so neither side waits for a little delay of the other.
constexpr std::size_t kDepth = 8;
// A chunk is transferred and waited for in 10 us beside its bytes. So that a short copy overlaps
// too it has smaller chunks, but not ones in which those would count.
constexpr std::size_t kLeastChunk = std::size_t{1} << 20;
constexpr std::size_t kPage = 4096;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

}  // namespace

// One copy: its chunks, and what is queued of them.
struct Scheduler::Staging {
  Storage& storage;
  Location location;
  ByteRange range;
  Direction direction;
  SourceLocation where;
  std::size_t chunk_bytes = 0;
  std::vector<std::shared_ptr<Allocation>> memory{};  // chunk i is in that of i modulo their number
  StreamId stream = kNoStream;
  std::vector<NodeId> nodes{};  // of the chunks queued so far

  std::size_t count() const { return (range.size() + chunk_bytes - 1) / chunk_bytes; }
  std::size_t depth() const { return memory.size(); }
  // How far behind the newest chunk the oldest may be.
  std::size_t lag() const { return std::max<std::size_t>(depth() / 2, 1); }
  ByteRange chunk(std::size_t index) const {
    const std::size_t begin = range.begin + index * chunk_bytes;
    return {begin, std::min(begin + chunk_bytes, range.end)};
  }
  std::byte* address(std::size_t index) const {
    return static_cast<std::byte*>(memory[index % depth()]->address());
  }
};

// Keeps other threads' operations on a storage away until it goes.
class Scheduler::Claim {
 public:
  Claim(Scheduler& scheduler, Storage& storage) : scheduler_(scheduler), storage_(storage) {}
  ~Claim() {
    const Lock lock(scheduler_.mutex_);
    storage_.host_writing = false;
    scheduler_.host_write_over_.notify_all();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  Scheduler& scheduler_;
  Storage& storage_;
};

// ---- The way of a copy -------------------------------------------------------------------------

void Scheduler::copy_on_host(void* to, const void* from, std::size_t bytes) {
  if (bytes < config_.large_copy_bytes) {
    std::memcpy(to, from, bytes);
  } else {
    copy_threads_.copy(to, from, bytes);
  }
}

void Scheduler::copy_in(Storage& storage, ByteRange range, const std::byte* from,
                        SourceLocation where) {
  const bool large = range.size() >= config_.large_copy_bytes;
  if (large && try_copy_in(storage, range, from, where)) return;
  const auto store = [&](std::byte* first) {
    copy_on_host(first + range.begin, from, range.size());
  };
  write(storage, range, AccessMode::Overwrite, store, where);
}

void Scheduler::copy_out(Storage& storage, ByteRange range, std::byte* to, SourceLocation where) {
  const bool large = range.size() >= config_.large_copy_bytes;
  if (large && try_copy_out(storage, range, to, where)) return;
  const HostPin pin = read(storage, range, where);
  copy_on_host(to, pin.data() + range.begin, range.size());
}

// False if the bytes must go to the mirror.
bool Scheduler::try_copy_in(Storage& storage, ByteRange range, const std::byte* from,
                            SourceLocation where) {
  const std::optional<Location> to = target_of(storage);
  if (!to) return false;
  const Clock::time_point start = Clock::now();
  Staging staging{storage, *to, range, Direction::In, where};
  try {
    allocate_chunks(staging);
    if (!claim_for_writing(storage, *to, range, where)) return false;
  } catch (const Error& error) {  // what does not fit there may fit on the host
    if (error.code() != ErrorCode::OutOfMemory) throw;
    return false;
  }
  const double waited_us = microseconds_since(start);
  {
    const Claim claim(*this, storage);
    CopyThreads::Job copies(copy_threads_);
    std::size_t added = 0;
    const auto add_until = [&](std::size_t end) {
      for (end = std::min(end, staging.count()); added < end; ++added) {
        const ByteRange chunk = staging.chunk(added);
        copies.add(staging.address(added), from + (chunk.begin - range.begin), chunk.size());
      }
    };
    add_until(staging.depth());
    for (std::size_t index = 0; index < staging.count(); ++index) {
      if (index >= staging.lag()) {
        finish_chunk(staging, index - staging.lag());
        add_until(index - staging.lag() + staging.depth());
      }
      copies.wait(index);
      queue_chunk(staging, index);
    }
    if (config_.serial) finish_chunk(staging, staging.count() - 1);
  }
  settle(storage);
  observe_host_access(OperationKind::HostWrite, storage, range, where, waited_us);
  return true;
}

// False if the mirror has the bytes, or must get them.
bool Scheduler::try_copy_out(Storage& storage, ByteRange range, std::byte* to,
                             SourceLocation where) {
  const std::optional<Location> from = source_of(storage, range);
  if (!from) return false;
  const Clock::time_point start = Clock::now();
  Staging staging{storage, *from, range, Direction::Out, where};
  try {
    allocate_chunks(staging);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::OutOfMemory) throw;
    return false;
  }
  claim_for_reading(storage, *from, range, where);
  const double waited_us = microseconds_since(start);
  {
    const Claim claim(*this, storage);
    CopyThreads::Job copies(copy_threads_);
    std::size_t queued = 0;
    while (queued < staging.depth()) queue_chunk(staging, queued++);
    for (std::size_t index = 0; index < staging.count(); ++index) {
      finish_chunk(staging, index);
      const ByteRange chunk = staging.chunk(index);
      copies.add(to + (chunk.begin - range.begin), staging.address(index), chunk.size());
      if (index < staging.lag()) continue;
      copies.wait(index - staging.lag());
      if (queued < staging.count()) queue_chunk(staging, queued++);
    }
    for (std::size_t index = 0; index < staging.count(); ++index) copies.wait(index);
  }
  observe_host_access(OperationKind::HostRead, storage, range, where, waited_us);
  return true;
}

// ---- Where to and where from -------------------------------------------------------------------

// The device to which what the host writes should go at once; nullopt: none.
std::optional<Location> Scheduler::target_of(const Storage& storage) {
  const Lock lock(mutex_);
  if (storage.in_place) return std::nullopt;
  std::optional<Location> target = storage.home;
  // Where it is used, or will be.
  const std::uint64_t holders = coherence_.holders(storage.id);
  for (int ordinal = 0; ordinal < device_count() && !target; ++ordinal) {
    const Location location = location_of_device_[static_cast<std::size_t>(ordinal)];
    if (storage.replica(location) && (holders & location.bit()) != 0) target = location;
  }
  if (!target) {
    const std::optional<int> only = device_count() == 1 ? 0 : placement_->only_device();
    if (only) target = location_of_device_[static_cast<std::size_t>(*only)];
  }
  if (target && target->is_host()) return std::nullopt;
  return target;
}

// The device from which the host should get the bytes; nullopt: the mirror has them, or as much of
// them as any device. What the device lacks goes there first: a few elements, most often.
std::optional<Location> Scheduler::source_of(const Storage& storage, ByteRange range) {
  const Lock lock(mutex_);
  // The owner of memory in place sees what the host reads: that brings it up to date.
  if (storage.in_place) return std::nullopt;
  const Access access{storage.id, AccessMode::Read, range};
  std::size_t least = coherence_.missing_bytes(access, Location::host()) / 2;
  std::optional<Location> source;
  for (std::size_t i = 1; i < location_count_; ++i) {
    const Location location{static_cast<std::uint8_t>(i)};
    if (!storage.replica(location)) continue;
    const std::size_t missing = coherence_.missing_bytes(access, location);
    if (missing >= least) continue;
    source = location;
    least = missing;
  }
  return source;
}

// ---- Claiming ----------------------------------------------------------------------------------

// Returns when nobody writes `range` on the device and nobody else may begin to.
void Scheduler::claim_for_reading(Storage& storage, Location location, ByteRange range,
                                  SourceLocation where) {
  std::vector<RecordedEvent*> events;
  do {
    wait_for_events(events);
    const auto claim = [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
      node_scratch_.clear();
      frontier_.writers(resource(storage.id, location), range, node_scratch_);
      for (const NodeId node : node_scratch_) {
        if (!nodes_.entry(node).complete) events.push_back(event_for(node));
      }
      if (!events.empty()) return true;
      raise_if_failed(storage, range, "reading an array");
      note_host_read(storage, range);
      storage.host_writing = true;
      return true;
    };
    stage(location, storage, range, AccessMode::Read, where, claim);
  } while (!events.empty());
}

// Events of the operations that use `range` on the device and are not done.
void Scheduler::unfinished_users(const Storage& storage, Location location, ByteRange range,
                                 std::vector<RecordedEvent*>& events) {
  transfer_set_.start(nodes_);
  frontier_.collect(resource(storage.id, location), range, AccessMode::Overwrite, transfer_set_);
  for (const ParentSet::Parent& parent : transfer_set_.parents) {
    if (!nodes_.in_flight(parent.node)) continue;
    RecordedEvent* const event = event_for(parent.node);
    if (!event->event->is_done()) {
      events.push_back(event);
      continue;
    }
    streams_.finished(event, done_);
    retire(done_);
  }
}

// Gives the storage other memory on the device, which will be overwritten whole. Whoever uses the
// old one goes on.
void Scheduler::displace(Storage& storage, Location location,
                         std::shared_ptr<ReplicaMemory> fresh) {
  const ResourceId id = resource(storage.id, location);
  const std::shared_ptr<ReplicaMemory> old = storage.replica(location);
  Grave grave;
  frontier_.users(id, grave.users);
  frontier_.reset(id);
  grave.object = old;
  grave.bytes = old->allocation->bytes();
  storage.displaced = old;
  attach_memory(storage, location, std::move(fresh));
  coherence_.commit_access({storage.id, AccessMode::Overwrite, {0, storage.bytes}}, location);
  bury(std::move(grave));
}

// Returns true when `range` on the device may be written and nobody else may use the storage.
// Kernels that still use the old bytes are not waited for where that can be helped: whole arrays
// get other memory, once until those kernels are done; and parts go to the mirror (false), if there
// is one.
bool Scheduler::claim_for_writing(Storage& storage, Location location, ByteRange range,
                                  SourceLocation where) {
  const bool whole = range == ByteRange{0, storage.bytes};
  bool enough_memory = true;
  std::shared_ptr<ReplicaMemory> fresh;
  for (;;) {
    enum class Outcome { Claimed, Wait, Displace, UseMirror } outcome = Outcome::Claimed;
    std::vector<RecordedEvent*> events;
    const auto claim = [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
      unfinished_users(storage, location, range, events);
      const bool may_displace = whole && enough_memory && !storage.home && !storage.address_known &&
                                storage.displaced.expired();
      const std::shared_ptr<ReplicaMemory>& mirror = storage.replica(Location::host());
      if (!events.empty()) {
        if (may_displace && fresh) {
          displace(storage, location, std::move(fresh));
        } else if (may_displace) {
          outcome = Outcome::Displace;
        } else if (!whole && mirror && mirror->pins.load(std::memory_order_acquire) == 0) {
          outcome = Outcome::UseMirror;
        } else {
          outcome = Outcome::Wait;
        }
      }
      if (outcome != Outcome::Wait) {
        for (RecordedEvent* event : events) streams_.release(event);
        events.clear();
      }
      if (outcome != Outcome::Claimed) return true;
      storage.host_writing = true;
      storage.readable.close();
      storage.writable.close();
      return true;
    };
    stage(location, storage, range, AccessMode::Overwrite, where, claim);
    if (outcome == Outcome::Claimed || outcome == Outcome::UseMirror) {
      empty_trash();
      return outcome == Outcome::Claimed;
    }
    if (outcome == Outcome::Wait) wait_for_events(events);
    if (outcome != Outcome::Displace) continue;
    try {
      fresh = allocate({storage.id, storage.serial, location, true}, storage.bytes);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::OutOfMemory) throw;
      enough_memory = false;
    }
  }
}

// ---- Chunks ------------------------------------------------------------------------------------

void Scheduler::allocate_chunks(Staging& staging) {
  const std::size_t eighth = (staging.range.size() / 8 + kPage - 1) / kPage * kPage;
  staging.chunk_bytes = std::min(config_.copy_chunk_bytes, std::max(eighth, kLeastChunk));
  Device& owner = device(device_of_location_[staging.location.index]);
  const std::size_t depth = std::min(staging.count(), kDepth);
  while (staging.memory.size() < depth) {
    staging.memory.push_back(
        owner.allocate_host(std::min(staging.chunk_bytes, staging.range.size())));
  }
}

void Scheduler::queue_chunk(Staging& staging, std::size_t index) {
  for (;; make_room()) {
    const Lock lock(mutex_);
    if (has_room()) return issue_chunk(staging, index);
  }
}

void Scheduler::issue_chunk(Staging& staging, std::size_t index) {
  const Storage& storage = staging.storage;
  const bool in = staging.direction == Direction::In;
  const Access access{storage.id, in ? AccessMode::Overwrite : AccessMode::Read,
                      staging.chunk(index)};
  const ResourceId id = resource(storage.id, staging.location);
  const int ordinal = device_of_location_[staging.location.index];
  transfer_set_.start(nodes_);
  frontier_.collect(id, access.range, access.mode, transfer_set_);
  if (staging.stream == kNoStream) {
    staging.stream =
        streams_.copy_stream(ordinal, in ? StreamRole::CopyIn : StreamRole::CopyOut, {});
  }
  std::byte* const there = address({storage.id, access.range.begin}, staging.location);
  std::byte* const here = staging.address(index);
  const std::size_t bytes = access.range.size();
  const CopyCommand copy = in ? CopyCommand{there, here, bytes, ordinal, CopyCommand::kHost}
                              : CopyCommand{here, there, bytes, CopyCommand::kHost, ordinal};
  const NodeId node = enqueue(staging.stream, copy, transfer_set_);
  const char* const label = in ? "copy in" : "copy out";
  remember(node, OperationKind::Transfer, label, staging.where, ordinal, transfer_set_.parents);
  // The transfer may outlive the copy, if that raises.
  infos_[slot_of(node)].keep = staging.memory[index % staging.depth()];
  frontier_.advance(id, access.range, access.mode, node);
  coherence_.commit_access(access, staging.location);
  staging.nodes.push_back(node);
  ++counts_.operations;
  ++counts_.transfers;
  counts_.transfer_bytes += bytes;
  if (const auto failure = failure_of(transfer_set_.parents)) fail_node(node, failure);
  if (!observers_.empty()) {
    observe({node,
             OperationKind::Transfer,
             label,
             staging.where,
             ordinal,
             in ? staging.location : Location::host(),
             staging.stream,
             {&access, 1},
             transfer_set_.parents,
             0});
  }
  if (streams_.marker_due(staging.stream)) streams_.record_tail(staging.stream);
}

// Blocks until the chunk's transfer is done; raises its failure if the caller would read of it.
void Scheduler::finish_chunk(Staging& staging, std::size_t index) {
  const NodeId node = staging.nodes[index];
  finish(node);
  if (staging.direction == Direction::In) return;  // whoever reads the array learns it
  const Lock lock(mutex_);
  const auto found = failed_.find(node);
  if (found == failed_.end()) return;
  const std::shared_ptr<const Error> failure = found->second;
  mark_reported(failure.get());
  raise_failure(*failure, "reading an array");
}

}  // namespace sennit
