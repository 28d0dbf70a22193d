// sched/scheduler.h: turns operations into work on streams.
//
// Every operation takes the same steps, under one lock:
//
//   decide   where it runs, what must move first, what it waits for     a Plan; changes nothing
//   issue    waits, transfers, the command, events                      issue.cpp
//   commit   the frontier and the coherence state move on               issue.cpp
//
// The host waits only in host_access.cpp and in `wait`, `sync` and `make_room`, never with the
// lock. Completion is learned there, and from one marker event per 64 operations of a stream.
//
// Thread safety: all public members may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/backend.h"
#include "base/copy_threads.h"
#include "base/mutex.h"
#include "graph/frontier.h"
#include "graph/node_table.h"
#include "graph/predecessors.h"
#include "memory/coherence.h"
#include "memory/storage.h"
#include "sched/observer.h"
#include "sched/operation.h"
#include "sched/plan.h"
#include "sched/policy.h"
#include "sched/replay/backstop.h"
#include "sched/replay/fingerprint.h"
#include "sched/replay/held_batch.h"
#include "sched/replay/recogniser.h"
#include "sched/replay/replay_graphs.h"
#include "sched/replay/trials.h"
#include "sched/scheduler_config.h"
#include "sched/stream_policy.h"
#include "sched/stream_table.h"

namespace sennit {

// The host's bytes of a storage, kept as they are while this lives: a later writer goes elsewhere.
class HostPin {
 public:
  HostPin() = default;
  explicit HostPin(std::shared_ptr<ReplicaMemory> memory) : memory_(std::move(memory)) {
    memory_->pins.fetch_add(1, std::memory_order_relaxed);
  }
  HostPin(HostPin&& other) noexcept : memory_(std::move(other.memory_)) {}
  HostPin& operator=(HostPin&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~HostPin() {
    if (memory_) memory_->pins.fetch_sub(1, std::memory_order_release);
  }
  std::byte* data() const { return memory_->address(); }  // the storage's first byte

 private:
  std::shared_ptr<ReplicaMemory> memory_;
};

class Scheduler {
 public:
  static constexpr int kHost = -1;
  static constexpr std::size_t kMostNodes = 8192;  // in flight, those of graphs too

  // `devices` outlive the scheduler.
  Scheduler(std::span<Device* const> devices, const SchedulerConfig& config);
  ~Scheduler();  // waits until all work is done

  // ---- storages ----
  // Starts tracking `storage`, which reads as zeros; or as anything, if `undefined`.
  void add(Storage& storage, bool undefined = false);
  // As `add`, with contents: `memory` is the replica in the host's memory, or in that of `device`.
  // `shared`: as if `share` was called, too. Blocks while work of an earlier storage in the same
  // memory is not done.
  void adopt(Storage& storage, std::shared_ptr<ReplicaMemory> memory, int device = kHost,
             bool shared = false);
  // Stops tracking it; its memory and the object go once the work that uses them is done.
  // Never waits, never fails.
  void release(std::unique_ptr<Storage> storage) noexcept;
  // Keeps `object` until all work submitted so far is done. Never waits.
  void keep(std::shared_ptr<void> object) noexcept;

  // ---- submitting (scheduler.cpp, issue.cpp) ----
  // Orders `operation` after what it depends on and returns at once. A failure of the work itself
  // is raised by what waits for it, not here.
  NodeId submit(const Operation& operation);

  // ---- waiting (retire.cpp) ----
  // Blocks until the node is done; raises its failure.
  void wait(NodeId node);
  // Blocks until everything is done; raises the oldest failure that nothing has reported.
  void sync();
  // True if no unfinished operation writes `range`. Never blocks.
  bool is_ready(Storage& storage, ByteRange range);
  // Blocks until nobody writes `range`; raises the writer's failure.
  void wait_ready(Storage& storage, ByteRange range);

  // ---- host access (host_access.cpp) ----
  // Makes `range` current on the host. The bytes stay as they are while the pin lives.
  HostPin read(Storage& storage, ByteRange range, SourceLocation where = {});
  // Calls `store` with the storage's first byte when it may write `range`. `mode` is Overwrite if
  // it writes every byte of it, else ReadWrite.
  void write(Storage& storage, ByteRange range, AccessMode mode,
             const std::function<void(std::byte*)>& store, SourceLocation where = {});
  // Reads or writes one element (`range`) and opens the windows of `storage` around it, so that
  // the next ones need no lock.
  void read_element(Storage& storage, ByteRange range, void* out);
  void write_element(Storage& storage, ByteRange range, const void* value);
  // Between these every operation on the storage is refused with Busy.
  std::byte* open_view(Storage& storage, SourceLocation where);
  void close_view(Storage& storage) noexcept;

  // ---- the caller's memory (large_copies.cpp) ----
  // Copies `range` to or from memory of the caller, which nobody looks at after the return.
  void copy_out(Storage& storage, ByteRange range, std::byte* to, SourceLocation where = {});
  void copy_in(Storage& storage, ByteRange range, const std::byte* from, SourceLocation where = {});
  // Copies within the host's memory.
  void copy_on_host(void* to, const void* from, std::size_t bytes);

  // ---- beside other code of the process (sharing.cpp) ----
  // From now on other code may use the memory that `storage` has on its device: it is current
  // there whenever no operation is in flight, and stays at the address that is returned. Such
  // code orders itself by `stream_wait` and `wait_for`. `unshare` ends one `share`.
  std::byte* share(Storage& storage);
  void unshare(Storage& storage) noexcept;
  // The storage has an address on its device from now on, which is returned: operations that touch
  // what they find by themselves (Operation::touches_known) count it among what they read and
  // write.
  std::byte* expose(Storage& storage);
  // As `expose`, of storages that are arguments of an operation to be submitted.
  void expose(std::span<const ArrayId> arrays);
  // The storages that have one.
  std::vector<ArrayId> known_addresses();
  // REQUIRES: it is tracked, and stays so while the reference is used.
  Storage& storage(ArrayId array);
  // Brings memory that is shared up to date, after an operation that ran on the host.
  void settle(Storage& storage);
  // The device whose memory others share, or would share, of `storage`.
  int device_of(Storage& storage);
  // All work submitted later waits for what `stream` of `device` has been given so far.
  void wait_for(int device, NativeStream stream);
  // What `stream` is given later waits until `range` of `storage` is current on its device and
  // nothing submitted so far uses it there. The host does not wait.
  void stream_wait(NativeStream stream, Storage& storage, ByteRange range);
  // Gives memory that is kept for later back to the system. Blocks for as long as that takes.
  void trim();

  // ---- looking ----
  void attach(std::shared_ptr<Observer> observer);
  void detach(const Observer* observer);
  SchedulerStatistics statistics();
  int device_count() const { return static_cast<int>(devices_.size()); }
  Device& device(int ordinal) const { return *devices_[static_cast<std::size_t>(ordinal)]; }
  // What `submit` would do now, for tests and logs.
  std::string explain(const Operation& operation);

 private:
  class Query;
  class Streams;
  struct NodeInfo {
    OperationKind kind = OperationKind::Launch;
    const char* label = "";
    SourceLocation where;
    int device = 0;
    std::vector<NodeId> data_parents;
    std::shared_ptr<const Error> failure;
    std::shared_ptr<void> keep;
  };
  // Something to destroy once all of `users` are done; without users: once everything submitted
  // up to `watermark` is.
  struct Grave {
    std::vector<NodeId> users;
    std::uint64_t watermark = 0;
    std::shared_ptr<void> object;
    std::size_t bytes = 0;
    const std::byte* memory = nullptr;  // of a released storage: its first byte
  };
  struct Prepared {
    MissingMemory what;
    std::shared_ptr<ReplicaMemory> memory;
  };

  // What decides on which stream work goes, beside `parent_streams_`.
  struct StreamNeeds {
    std::size_t bytes = 0;  // that it may touch
    const Function* function = nullptr;
    const LaunchConfig* config = nullptr;  // with a function
    bool behind_copies = false;            // it waits for transfers of its own
  };

  // scheduler.cpp
  NodeId submit_as_given(const Operation& operation, Operation* completed = nullptr);
  // `placed`: where the placement policy put the operation when it was decided before.
  void decide(const Operation& operation, std::span<const Prepared> prepared, int placed,
              Plan& plan) SENNIT_REQUIRES(mutex_);
  int place(const Operation& operation, int placed) SENNIT_REQUIRES(mutex_);
  void find_predecessors(const Operation& operation) SENNIT_REQUIRES(mutex_);
  void add_predecessor(NodeId node, const Operation& operation, StreamId stream)
      SENNIT_REQUIRES(mutex_);
  void plan_memory(const Operation& operation, std::span<const Prepared> prepared, Plan& plan)
      SENNIT_REQUIRES(mutex_);
  void plan_transfers(Plan& plan) SENNIT_REQUIRES(mutex_);
  void collect_parents(const Operation& operation, Plan& plan) SENNIT_REQUIRES(mutex_);
  void choose_streams(const Operation& operation, Plan& plan) SENNIT_REQUIRES(mutex_);
  void place_transfers(Plan& plan, bool root) SENNIT_REQUIRES(mutex_);
  StreamId transfer_stream(const Transfer& transfer, int device_ordinal,
                           std::span<const ParentSet::Parent> parents, bool root)
      SENNIT_REQUIRES(mutex_);
  void join(NodeId parent, int device) SENNIT_REQUIRES(mutex_);
  StreamId choose_stream(int device, const StreamNeeds& needs) SENNIT_REQUIRES(mutex_);
  void check_storages(std::span<const Access> accesses) SENNIT_REQUIRES(mutex_);
  bool any_host_writing(std::span<const Access> accesses) SENNIT_REQUIRES(mutex_);
  std::shared_ptr<ReplicaMemory> allocate(const MissingMemory& missing, std::size_t bytes);
  void attach_memory(Storage& storage, Location location, std::shared_ptr<ReplicaMemory> memory)
      SENNIT_REQUIRES(mutex_);
  ResourceId resource(ArrayId array, Location location) const {
    return array * static_cast<ResourceId>(location_count_) + location.index;
  }
  std::byte* address(const ArrayPlace& place, Location location) SENNIT_REQUIRES(mutex_);

  // issue.cpp
  NodeId issue(const Operation& operation, std::span<const Prepared> prepared, Plan& plan)
      SENNIT_REQUIRES(mutex_);
  void issue_move(const PlannedMove& move, std::span<const Prepared> prepared, const Plan& plan,
                  const Operation& operation) SENNIT_REQUIRES(mutex_);
  void issue_transfer(const PlannedTransfer& planned, const Plan& plan, SourceLocation where)
      SENNIT_REQUIRES(mutex_);
  NodeId enqueue(StreamId stream, const Command& command, const ParentSet& set,
                 HeldBatch::Item item = {}, int device = 0) SENNIT_REQUIRES(mutex_);
  void record_if_wanted(StreamId stream, const Command& command,
                        std::span<const ParentSet::Parent> parents, bool wanted)
      SENNIT_REQUIRES(mutex_);
  void enqueue_behind(StreamId stream, const Command& command, NodeId node,
                      std::span<const ParentSet::Parent> parents) SENNIT_REQUIRES(mutex_);
  void mark(StreamId stream) SENNIT_REQUIRES(mutex_);
  Command command_for(const Operation& operation, const Plan& plan, std::shared_ptr<void>& keep)
      SENNIT_REQUIRES(mutex_);
  void remember(NodeId node, OperationKind kind, const char* label, SourceLocation where,
                int device, std::span<const ParentSet::Parent> parents) SENNIT_REQUIRES(mutex_);
  void commit(const Operation& operation, const Plan& plan, NodeId node) SENNIT_REQUIRES(mutex_);
  std::shared_ptr<const Error> failure_of(std::span<const ParentSet::Parent> parents)
      SENNIT_REQUIRES(mutex_);
  NodeId inherit_failure(const Operation& operation, const Plan& plan,
                         const std::shared_ptr<const Error>& failure) SENNIT_REQUIRES(mutex_);
  void close_windows(const Access& access) SENNIT_REQUIRES(mutex_);
  void observe(const ObservedOperation& operation) SENNIT_REQUIRES(mutex_);

  // replay.cpp
  bool is_held(NodeId node) const SENNIT_REQUIRES(mutex_) {
    return streams_.stream_of(node) == kHeldBack;
  }
  NodeId issue_or_hold(const Operation& operation, std::span<const Prepared> prepared, Plan& plan)
      SENNIT_REQUIRES(mutex_);
  Recogniser::Advice advise(const Operation& operation, const Plan& plan) SENNIT_REQUIRES(mutex_);
  void look_at_clock() SENNIT_REQUIRES(mutex_);
  bool may_hold(const Operation& operation, const Plan& plan) SENNIT_REQUIRES(mutex_);
  bool may_hold(const PlannedTransfer& planned, int device) SENNIT_REQUIRES(mutex_);
  bool joins_held(const Plan& plan) SENNIT_REQUIRES(mutex_);
  void hold_command(const Command& command, const HeldBatch::Item& item,
                    std::span<const ParentSet::Parent> parents, int device) SENNIT_REQUIRES(mutex_);
  void watch_held() SENNIT_REQUIRES(mutex_);
  bool look_at_held() noexcept SENNIT_EXCLUDES(mutex_);
  void run_held() SENNIT_REQUIRES(mutex_);
  bool replay_held() SENNIT_REQUIRES(mutex_);
  void issue_held() SENNIT_REQUIRES(mutex_);
  std::size_t issue_held_operation(std::size_t first) SENNIT_REQUIRES(mutex_);
  void refuse_held(StreamId stream, NodeId node, const Error& error) SENNIT_REQUIRES(mutex_);
  StreamId stream_for_replay() SENNIT_REQUIRES(mutex_);
  RecordedEvent* event_for(NodeId node) SENNIT_REQUIRES(mutex_);
  NodeId oldest() SENNIT_REQUIRES(mutex_);
  void cut() SENNIT_REQUIRES(mutex_);
  std::size_t first_piece() const SENNIT_REQUIRES(mutex_);
  bool has_room() SENNIT_REQUIRES(mutex_) {
    return streams_.in_flight() + held_.size() < config_.max_in_flight &&
           streams_.nodes_in_flight() + held_.size() < kMostNodes;
  }

  // retire.cpp
  using Trash = std::vector<std::shared_ptr<void>>;
  void drain_releases() SENNIT_REQUIRES(mutex_);
  void forget(Storage* storage) SENNIT_REQUIRES(mutex_);
  void retire(std::vector<NodeId>& done) SENNIT_REQUIRES(mutex_);
  void take_failures() SENNIT_REQUIRES(mutex_);
  void fail_node(NodeId node, const std::shared_ptr<const Error>& failure) SENNIT_REQUIRES(mutex_);
  void spread_failure(NodeId from) SENNIT_REQUIRES(mutex_);
  void bury(Grave grave) SENNIT_REQUIRES(mutex_);
  void reap() SENNIT_REQUIRES(mutex_);
  void make_room() SENNIT_EXCLUDES(mutex_);
  void finish(NodeId node) SENNIT_EXCLUDES(mutex_);
  void wait_for_events(std::vector<RecordedEvent*>& events) SENNIT_EXCLUDES(mutex_);
  [[noreturn]] void raise_failure(const Error& failure, std::string_view doing);
  void raise_if_failed(const Storage& storage, ByteRange range, std::string_view doing)
      SENNIT_REQUIRES(mutex_);
  void mark_reported(const Error* failure) SENNIT_REQUIRES(mutex_);
  std::string describe(NodeId node) SENNIT_REQUIRES(mutex_);
  void empty_trash() SENNIT_EXCLUDES(mutex_);

  // host_access.cpp
  void read_back(const Operation& operation, const Plan& plan) SENNIT_REQUIRES(mutex_);
  void note_host_read(Storage& storage, ByteRange range) SENNIT_REQUIRES(mutex_);
  void stage(Location location, Storage& storage, ByteRange range, AccessMode mode,
             SourceLocation where, const std::function<bool()>& then) SENNIT_EXCLUDES(mutex_);
  void begin_host_write(Storage& storage, ByteRange range, AccessMode mode, SourceLocation where,
                        bool& flag) SENNIT_EXCLUDES(mutex_);
  void end_host_write(Storage& storage, ByteRange range, std::size_t offset)
      SENNIT_EXCLUDES(mutex_);
  ByteRange element_window(Storage& storage, ByteRange range) SENNIT_EXCLUDES(mutex_);
  void open_windows(Storage& storage, std::size_t offset) SENNIT_REQUIRES(mutex_);
  [[noreturn]] void refuse_open_view(const Storage& storage) SENNIT_REQUIRES(mutex_);
  void wait_while_host_writes(Storage& storage) SENNIT_EXCLUDES(mutex_);
  void observe_host_access(OperationKind kind, const Storage& storage, ByteRange range,
                           SourceLocation where, double wait_us) SENNIT_EXCLUDES(mutex_);

  // large_copies.cpp
  class Claim;
  struct Staging;
  enum class Direction : std::uint8_t { In, Out };  // of the device
  std::optional<Location> target_of(const Storage& storage) SENNIT_EXCLUDES(mutex_);
  std::optional<Location> source_of(const Storage& storage, ByteRange range)
      SENNIT_EXCLUDES(mutex_);
  bool try_copy_in(Storage& storage, ByteRange range, const std::byte* from, SourceLocation where)
      SENNIT_EXCLUDES(mutex_);
  bool try_copy_out(Storage& storage, ByteRange range, std::byte* to, SourceLocation where)
      SENNIT_EXCLUDES(mutex_);
  void claim_for_reading(Storage& storage, Location location, ByteRange range, SourceLocation where)
      SENNIT_EXCLUDES(mutex_);
  bool claim_for_writing(Storage& storage, Location location, ByteRange range, SourceLocation where)
      SENNIT_EXCLUDES(mutex_);
  void unfinished_users(const Storage& storage, Location location, ByteRange range,
                        std::vector<RecordedEvent*>& events) SENNIT_REQUIRES(mutex_);
  void displace(Storage& storage, Location location, std::shared_ptr<ReplicaMemory> fresh)
      SENNIT_REQUIRES(mutex_);
  void allocate_chunks(Staging& staging) SENNIT_EXCLUDES(mutex_);
  void queue_chunk(Staging& staging, std::size_t index) SENNIT_EXCLUDES(mutex_);
  void issue_chunk(Staging& staging, std::size_t index) SENNIT_REQUIRES(mutex_);
  void finish_chunk(Staging& staging, std::size_t index) SENNIT_EXCLUDES(mutex_);

  // sharing.cpp
  void note_address(Storage& storage) SENNIT_REQUIRES(mutex_);
  std::span<const Access> with_known(std::span<const Access> accesses) SENNIT_REQUIRES(mutex_);
  void forget_copies(Storage& storage) SENNIT_REQUIRES(mutex_);
  std::vector<NodeId> users_of(const ReplicaMemory& memory) SENNIT_REQUIRES(mutex_);

  // Constant after construction.
  const SchedulerConfig config_;
  const std::vector<Device*> devices_;
  std::vector<Location> location_of_device_;  // by device ordinal
  std::vector<int> device_of_location_;       // by Location::index; the host's is device 0
  std::size_t location_count_ = 1;
  CopyThreads copy_threads_;

  // Released storages and objects, pushed by any thread without the lock.
  struct Released;
  std::atomic<Released*> released_{nullptr};

  // Held while deciding and issuing, never while waiting for a device, allocating or loading.
  Mutex mutex_;
  std::condition_variable host_write_over_;
  NodeTable nodes_ SENNIT_GUARDED_BY(mutex_);
  Frontier frontier_ SENNIT_GUARDED_BY(mutex_){nodes_};
  Coherence coherence_ SENNIT_GUARDED_BY(mutex_);
  StreamTable streams_ SENNIT_GUARDED_BY(mutex_);
  HeldBatch held_ SENNIT_GUARDED_BY(mutex_);
  std::array<HeldBatch, 2> held_parts_ SENNIT_GUARDED_BY(mutex_);  // empty between calls
  ReplayGraphs replay_graphs_ SENNIT_GUARDED_BY(mutex_);
  Trials::Way way_ SENNIT_GUARDED_BY(mutex_) = Trials::Way::Issue;  // of this lap
  std::size_t piece_ SENNIT_GUARDED_BY(mutex_) = first_piece();     // commands until they are run
  Recogniser recogniser_ SENNIT_GUARDED_BY(mutex_);
  Trials trials_ SENNIT_GUARDED_BY(mutex_);
  bool lap_is_settled_ SENNIT_GUARDED_BY(mutex_) = true;  // all that was held ran as graphs
  double lap_began_us_ SENNIT_GUARDED_BY(mutex_) = 0;     // later by what does not count
  std::uint32_t idle_laps_ SENNIT_GUARDED_BY(mutex_) = 0;
  std::uint64_t pause_ SENNIT_GUARDED_BY(mutex_) = 0;  // the next one's operations
  // When the host came back from a wait, if nothing was submitted since.
  std::optional<double> returned_us_ SENNIT_GUARDED_BY(mutex_);
  std::uint64_t holds_ SENNIT_GUARDED_BY(mutex_) = 0;       // commands that were ever held
  std::uint64_t holds_seen_ SENNIT_GUARDED_BY(mutex_) = 0;  // by the backstop
  bool watched_ SENNIT_GUARDED_BY(mutex_) = false;          // it will look again
  std::unique_ptr<Backstop> backstop_ SENNIT_GUARDED_BY(mutex_);
  std::unique_ptr<Policy> placement_ SENNIT_GUARDED_BY(mutex_);
  std::unique_ptr<StreamPolicy> stream_policy_ SENNIT_GUARDED_BY(mutex_);
  std::optional<Predecessors> predecessors_ SENNIT_GUARDED_BY(mutex_);  // if the policy asks
  std::vector<Storage*> storages_ SENNIT_GUARDED_BY(mutex_);            // by ArrayId
  std::vector<ArrayId> free_arrays_ SENNIT_GUARDED_BY(mutex_);
  std::vector<ArrayId> known_ SENNIT_GUARDED_BY(mutex_);   // storages whose address is known
  std::vector<NodeInfo> infos_ SENNIT_GUARDED_BY(mutex_);  // by slot of the node
  std::vector<std::shared_ptr<Observer>> observers_ SENNIT_GUARDED_BY(mutex_);
  std::vector<Grave> graveyard_ SENNIT_GUARDED_BY(mutex_);
  Trash trash_ SENNIT_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<const Error>> unreported_ SENNIT_GUARDED_BY(mutex_);
  // Failures of nodes that are retired, for those who wait for them by id; the newest thousand.
  std::unordered_map<NodeId, std::shared_ptr<const Error>> failed_ SENNIT_GUARDED_BY(mutex_);
  SchedulerStatistics counts_ SENNIT_GUARDED_BY(mutex_);
  std::uint64_t next_serial_ SENNIT_GUARDED_BY(mutex_) = 1;
  // Scratch, so that a steady program allocates nothing.
  Plan plan_ SENNIT_GUARDED_BY(mutex_);
  Plan read_back_plan_ SENNIT_GUARDED_BY(mutex_);
  ParentSet transfer_set_ SENNIT_GUARDED_BY(mutex_);
  std::vector<Transfer> staged_ SENNIT_GUARDED_BY(mutex_);
  std::vector<Access> accesses_scratch_ SENNIT_GUARDED_BY(mutex_);
  std::vector<ParentStream> parent_streams_ SENNIT_GUARDED_BY(mutex_);
  std::vector<ParentStream> predecessor_streams_ SENNIT_GUARDED_BY(mutex_);
  std::vector<NodeId> done_ SENNIT_GUARDED_BY(mutex_);
  std::vector<NodeId> node_scratch_ SENNIT_GUARDED_BY(mutex_);
  std::vector<NodeId> copy_parents_ SENNIT_GUARDED_BY(mutex_);
  std::vector<StreamId> stream_scratch_ SENNIT_GUARDED_BY(mutex_);
  std::vector<std::uint32_t> index_scratch_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit
