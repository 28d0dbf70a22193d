// sched/host_access.cpp: the host's own reads and writes, ordered among the operations.
//
// A host read is not a node: its bytes are brought to the mirror and the mirror is pinned, so that
// whoever writes next goes to fresh memory. A host write waits until nothing uses the bytes of
// the mirror, and keeps others away while it lasts. Neither holds the lock while it waits.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "sched/scheduler.h"

namespace sennit {
namespace {

using Clock = std::chrono::steady_clock;

// Bytes that take the host longer to write than a launch takes.
constexpr std::size_t kLongWrite = 16384;

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

}  // namespace

void Scheduler::refuse_open_view(const Storage& storage) {
  const std::string where =
      storage.view_opened_at.known()
          ? format(" (opened at {}:{})", storage.view_opened_at.file, storage.view_opened_at.line)
          : "";
  raise(ErrorCode::Busy,
        format("the array has an open writable view{}; close the view first", where));
}

void Scheduler::wait_while_host_writes(Storage& storage) {
  Lock lock(mutex_);
  lock.wait(host_write_over_, [&] { return !storage.host_writing; });
}

// Queues what makes `range` current at `location` (for a write: what is not overwritten of it),
// then calls `then` under the lock; again from the start for as long as that returns false.
void Scheduler::stage(Location location, Storage& storage, ByteRange range, AccessMode mode,
                      SourceLocation where, const std::function<bool()>& then) {
  std::vector<Prepared> prepared;
  Plan plan;
  for (;;) {
    bool busy = false;
    bool room = true;
    std::vector<MissingMemory> missing;
    {
      const Lock lock(mutex_);
      drain_releases();
      if (storage.view_open) refuse_open_view(storage);
      busy = storage.host_writing;
      room = has_room();
      if (!busy && room) {
        const Access access{storage.id, mode, range};
        Operation operation;
        operation.accesses = {&access, 1};
        operation.where = where;
        plan.clear();
        plan.device = device_of_location_[location.index];
        plan.location = location;
        plan_memory(operation, prepared, plan);
        missing = plan.missing;
        if (missing.empty()) {
          staged_.clear();
          coherence_.stage(access, plan.location, staged_);
          plan_transfers(plan);
          if (plan.moves.empty() && joins_held(plan)) {
            for (PlannedTransfer& planned : plan.transfers) planned.stream = kHeldBack;
          } else {
            place_transfers(plan, /*root=*/false);
          }
          const auto needs_stream = [](const PlannedTransfer& transfer) {
            return transfer.stream == kNoStream;
          };
          if (!plan.moves.empty() ||
              std::any_of(plan.transfers.begin(), plan.transfers.end(), needs_stream)) {
            plan.stream = streams_.idle(plan.device);
            if (plan.stream == kNoStream) plan.stream = streams_.open(plan.device);
          }
          for (const PlannedMove& move : plan.moves) issue_move(move, prepared, plan, operation);
          for (const PlannedTransfer& transfer : plan.transfers)
            issue_transfer(transfer, plan, where);
          prepared.clear();
          if (then()) return;
        }
      }
    }
    empty_trash();
    if (busy) wait_while_host_writes(storage);
    if (!room) make_room();
    for (const MissingMemory& what : missing) {
      std::shared_ptr<ReplicaMemory> memory = allocate(what, storage.bytes);
      if (what.fresh) {
        prepared.push_back({what, std::move(memory)});
        continue;
      }
      const Lock lock(mutex_);
      if (!storage.replica(what.location)) attach_memory(storage, what.location, std::move(memory));
    }
  }
}

// ---- Reading back ----------------------------------------------------------------------------

// What the host has read after so many writes it will want again after as many: the copy is then
// queued right behind the writer, and the read finds it done or under way. A guess that was wrong
// costs one copy, and there is none again before the host has read anew.

void Scheduler::note_host_read(Storage& storage, ByteRange range) {
  ReadBack& known = storage.read_back;
  if (storage.home) return;  // the copy would not be trusted
  if (known.writes > 0) known = {range, known.writes, 0, false};
}

// Called once `operation` is queued.
void Scheduler::read_back(const Operation& operation, const Plan& plan) {
  if (config_.serial || plan.location.is_host()) return;
  for (const Access& access : operation.accesses) {
    if (!writes(access.mode)) continue;
    Storage& storage = *storages_[access.array];
    ReadBack& known = storage.read_back;
    ++known.writes;
    if (known.issued) known = {{}, 0, known.writes, false};
    if (known.range.empty() || known.writes != known.expected_writes) continue;
    if (known.range.size() > config_.read_back_bytes) continue;
    const std::shared_ptr<ReplicaMemory>& mirror = storage.replica(Location::host());
    if (!mirror || mirror->pins.load(std::memory_order_acquire) > 0) continue;
    staged_.clear();
    coherence_.stage({access.array, AccessMode::Read, known.range}, Location::host(), staged_);
    std::erase_if(staged_, [](const Transfer& transfer) { return transfer.from.is_zero(); });
    if (staged_.empty()) continue;
    read_back_plan_.clear();
    read_back_plan_.device = plan.device;
    read_back_plan_.location = Location::host();
    plan_transfers(read_back_plan_);
    if (joins_held(read_back_plan_)) {
      for (PlannedTransfer& planned : read_back_plan_.transfers) planned.stream = kHeldBack;
    } else {
      place_transfers(read_back_plan_, /*root=*/false);
    }
    known.issued = true;
    try {
      for (const PlannedTransfer& transfer : read_back_plan_.transfers) {
        issue_transfer(transfer, read_back_plan_, operation.where);
        // The host is expected to wait for it soon: then nothing is left to be queued.
        if (transfer.stream != kHeldBack && streams_.unrecorded_tail(transfer.stream) != kNoNode) {
          streams_.record_tail(transfer.stream);
        }
      }
    } catch (const Error&) {  // the host's read will try again, and say so
    }
  }
}

HostPin Scheduler::read(Storage& storage, ByteRange range, SourceLocation where) {
  const Clock::time_point start = Clock::now();
  HostPin pin;
  std::vector<RecordedEvent*> events;
  const auto pin_mirror = [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    pin = HostPin(storage.replica(Location::host()));
    note_host_read(storage, range);
    storage.writable.close();
    node_scratch_.clear();
    frontier_.writers(resource(storage.id, Location::host()), range, node_scratch_);
    for (const NodeId node : node_scratch_) {
      if (!nodes_.entry(node).complete) events.push_back(event_for(node));
    }
    forget_copies(storage);
    return true;
  };
  stage(Location::host(), storage, range, AccessMode::Read, where, pin_mirror);
  const bool waits = !events.empty();
  wait_for_events(events);
  {
    const Lock lock(mutex_);
    raise_if_failed(storage, range, "reading an array");
  }
  observe_host_access(OperationKind::HostRead, storage, range, where,
                      waits ? microseconds_since(start) : 0);
  return pin;
}

// Returns when the host alone may touch `range` of the mirror, with `flag` set.
void Scheduler::begin_host_write(Storage& storage, ByteRange range, AccessMode mode,
                                 SourceLocation where, bool& flag) {
  std::vector<RecordedEvent*> events;
  do {
    const auto claim_mirror = [&]() SENNIT_NO_THREAD_SAFETY_ANALYSIS {
      transfer_set_.start(nodes_);
      frontier_.collect(resource(storage.id, Location::host()), range, AccessMode::ReadWrite,
                        transfer_set_);
      for (const ParentSet::Parent& parent : transfer_set_.parents) {
        if (!nodes_.entry(parent.node).complete) events.push_back(event_for(parent.node));
      }
      if (events.empty()) {
        if (reads(mode)) raise_if_failed(storage, range, "writing part of an array");
        flag = true;
        storage.readable.close();
        storage.writable.close();
      }
      return true;
    };
    stage(Location::host(), storage, range, mode, where, claim_mirror);
    if (events.empty()) return;
    wait_for_events(events);
  } while (true);
}

void Scheduler::end_host_write(Storage& storage, ByteRange range, std::size_t offset) {
  const Lock lock(mutex_);
  storage.host_writing = false;
  coherence_.commit_access({storage.id, AccessMode::ReadWrite, range}, Location::host());
  // Nobody need wait for it; and bytes that a failed operation left are replaced.
  frontier_.advance(resource(storage.id, Location::host()), range, AccessMode::Overwrite, kNoNode);
  open_windows(storage, offset);
  host_write_over_.notify_all();
}

void Scheduler::write(Storage& storage, ByteRange range, AccessMode mode,
                      const std::function<void(std::byte*)>& store, SourceLocation where) {
  const Clock::time_point start = Clock::now();
  if (range.size() >= kLongWrite) {
    // The device is not to stand idle meanwhile.
    const Lock lock(mutex_);
    cut();
  }
  begin_host_write(storage, range, mode, where, storage.host_writing);
  const double waited_us = microseconds_since(start);
  store(storage.mirror.load(std::memory_order_acquire));
  end_host_write(storage, range, range.begin);
  settle(storage);
  observe_host_access(OperationKind::HostWrite, storage, range, where, waited_us);
}

// ---- elements --------------------------------------------------------------------------------

// The bytes around `range` worth bringing to the host: few at first, twice as many each time the
// program goes on where the last miss ended.
ByteRange Scheduler::element_window(Storage& storage, ByteRange range) {
  const Lock lock(mutex_);
  if (storage.home) return range;  // nothing stays on the host
  const bool sequential = range.begin == storage.last_miss_end && storage.window_bytes > 0;
  storage.window_bytes =
      sequential ? std::min(storage.window_bytes * 2, storage.bytes) : config_.host_window_bytes;
  const std::size_t granule = HostWindow::kGranule;
  ByteRange window{range.begin / granule * granule, range.begin + storage.window_bytes};
  window.end = std::max(window.end, range.end);
  window.end = std::min((window.end + granule - 1) / granule * granule, storage.bytes);
  storage.last_miss_end = window.end;
  return window;
}

void Scheduler::open_windows(Storage& storage, std::size_t offset) {
  if (storage.host_writing || storage.view_open || storage.home) return;
  const ResourceId id = resource(storage.id, Location::host());
  const ByteRange unwritten = frontier_.quiet_around(id, offset, false, storage.bytes);
  const ByteRange valid = coherence_.valid_around(storage.id, offset, Location::host());
  storage.readable.open(HostWindow::inside(valid.intersect(unwritten), storage.bytes));
  if (storage.replica(Location::host())->pins.load(std::memory_order_acquire) > 0) return;
  const ByteRange unused = frontier_.quiet_around(id, offset, true, storage.bytes);
  const ByteRange exclusive = coherence_.exclusive_around(storage.id, offset, Location::host());
  storage.writable.open(HostWindow::inside(exclusive.intersect(unused), storage.bytes));
}

void Scheduler::read_element(Storage& storage, ByteRange range, void* out) {
  {
    const HostPin pin = read(storage, element_window(storage, range));
    std::memcpy(out, pin.data() + range.begin, range.size());
  }
  const Lock lock(mutex_);
  open_windows(storage, range.begin);
}

void Scheduler::write_element(Storage& storage, ByteRange range, const void* value) {
  const ByteRange window = element_window(storage, range);
  begin_host_write(storage, window, AccessMode::ReadWrite, {}, storage.host_writing);
  std::memcpy(storage.mirror.load(std::memory_order_acquire) + range.begin, value, range.size());
  end_host_write(storage, window, range.begin);
  settle(storage);
  observe_host_access(OperationKind::HostWrite, storage, range, {}, 0);
}

// ---- writable views --------------------------------------------------------------------------

std::byte* Scheduler::open_view(Storage& storage, SourceLocation where) {
  const ByteRange all{0, storage.bytes};
  begin_host_write(storage, all, AccessMode::ReadWrite, where, storage.view_open);
  const Lock lock(mutex_);
  storage.view_opened_at = where;
  return storage.mirror.load(std::memory_order_acquire);
}

void Scheduler::close_view(Storage& storage) noexcept {
  {
    const Lock lock(mutex_);
    const ByteRange all{0, storage.bytes};
    storage.view_open = false;
    coherence_.commit_access({storage.id, AccessMode::ReadWrite, all}, Location::host());
    frontier_.advance(resource(storage.id, Location::host()), all, AccessMode::Overwrite, kNoNode);
    open_windows(storage, 0);
  }
  try {
    settle(storage);
  } catch (const Error&) {  // the next operation will bring the bytes home, or say why not
  }
}

void Scheduler::observe_host_access(OperationKind kind, const Storage& storage, ByteRange range,
                                    SourceLocation where, double wait_us) {
  if (logs(LogLevel::Debug)) {
    log(LogLevel::Debug, "{} of bytes {} to {} of array {}, waited {:.0f} us", name_of(kind),
        range.begin, range.end, storage.id, wait_us);
  }
  const Lock lock(mutex_);
  ++counts_.operations;
  if (observers_.empty()) return;
  const Access access{storage.id,
                      kind == OperationKind::HostRead ? AccessMode::Read : AccessMode::Overwrite,
                      range};
  observe({kNoNode,
           kind,
           kind == OperationKind::HostRead ? "host read" : "host write",
           where,
           0,
           Location::host(),
           kNoStream,
           {&access, 1},
           {},
           wait_us});
}

}  // namespace sennit
