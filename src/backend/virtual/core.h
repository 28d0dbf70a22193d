// backend/virtual/core.h: the state of one virtual machine, behind one lock.
//
// The nouns (nouns.h) are handles: each of their functions is one call here. They share the core,
// so that a handle that outlives its backend does no harm.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "backend/virtual/clock.h"
#include "backend/virtual/queues.h"
#include "backend/virtual/virtual_backend.h"
#include "backend/virtual/work.h"
#include "base/mutex.h"

namespace sennit {

// The commands of a graph, as `Graph::add` built them.
struct VirtualGraphPlan {
  int device = 0;
  std::vector<OwnedCommand> commands;
  std::vector<CommandTag> tags;
  std::vector<std::vector<std::uint32_t>> parents;
  VirtualPointPtr last_launch;  // its end; the next launch waits for it
};

class VirtualCore {
 public:
  explicit VirtualCore(const VirtualOptions& options);

  // Constant after construction.
  const VirtualMachine& machine() const { return machine_; }
  const DeviceInfo& info(int device) const { return infos_[static_cast<std::size_t>(device)]; }
  FunctionRegistry& registry() { return registry_; }

  // ---- Streams and events
  VirtualQueue* create_queue(int device);
  void release_queue(VirtualQueue* queue);
  void enqueue(VirtualQueue* queue, const Command& command, CommandTag tag);
  void wait(VirtualQueue* queue, const VirtualPointPtr& of_event);
  void record(VirtualQueue* queue, VirtualPointPtr& of_event);
  bool is_done(const VirtualPointPtr& of_event);
  void sync(const VirtualPointPtr& of_event);
  void launch_graph(VirtualQueue* queue, VirtualGraphPlan& graph);

  // ---- Memory and modules
  VirtualMemory::BlockPtr allocate(int device, bool on_host, std::size_t bytes);
  void release(const VirtualMemory::BlockPtr& block, bool on_host);
  // `names` are registered functions. Raises InvalidArgument if one is not.
  std::vector<std::shared_ptr<VirtualFunction>> load(int device,
                                                     const std::vector<std::string>& names);
  void unload(const std::vector<std::shared_ptr<VirtualFunction>>& functions);

  // ---- Failures, timings, observations
  std::optional<Failure> take_failure(int device);
  double now_us() const;
  void record_timings(int device, bool on);
  void take_timings(int device, std::vector<Timing>& out);
  void count_event(int change);
  void count_graph(int change);
  std::vector<Recorded> commands() const;
  double makespan_us() const;
  CallCounts counts() const;
  LiveCounts live() const;
  std::size_t pending() const;
  void run_all();
  void reset_observations();
  std::vector<std::string> take_misuses();
  // Checks released memory a last time. REQUIRES: nothing is pending.
  void forget_released();

 private:
  struct DeviceState {
    std::atomic<std::size_t> failure_count{0};
    std::deque<Failure> failures;
    std::vector<Timing> timings;
    bool timed = false;
    std::string lost;  // why; empty while the device works
  };

  DeviceState& state(int device) { return *devices_[static_cast<std::size_t>(device)]; }
  void raise_misuse() SENNIT_REQUIRES(mutex_);
  void raise_if_lost(int device) SENNIT_REQUIRES(mutex_);
  void count(const Command& command) SENNIT_REQUIRES(mutex_);
  VirtualSpan schedule(const Work& work, double ready_us) SENNIT_REQUIRES(mutex_);
  // The work of `owned`, checked and given its times, not yet in use.
  Work prepare(OwnedCommand owned, CommandTag tag, VirtualQueue* queue, double ready_us,
               std::vector<VirtualMemory::BlockPtr> blocks) SENNIT_REQUIRES(mutex_);
  void note(const Work& work, const VirtualQueue& queue, bool in_graph) SENNIT_REQUIRES(mutex_);
  void wait_for(VirtualQueue* queue, const VirtualPointPtr& point) SENNIT_REQUIRES(mutex_);
  VirtualPointPtr record_point(VirtualQueue* queue) SENNIT_REQUIRES(mutex_);
  // Runs under the lock, from a step of `queues_`, where the analysis cannot see it.
  void execute(Work& work) SENNIT_NO_THREAD_SAFETY_ANALYSIS;
  void fail_work(const Work& work, const Error& error) SENNIT_REQUIRES(mutex_);

  // Constant after construction.
  const VirtualMachine machine_;
  const bool keep_commands_;
  std::vector<DeviceInfo> infos_;

  FunctionRegistry registry_;

  mutable Mutex mutex_;
  // Guarded by mutex_, but for `failure_count`.
  std::vector<std::unique_ptr<DeviceState>> devices_;
  VirtualMemory memory_ SENNIT_GUARDED_BY(mutex_);
  VirtualClock clock_ SENNIT_GUARDED_BY(mutex_);
  VirtualQueues queues_ SENNIT_GUARDED_BY(mutex_);
  std::vector<Recorded> commands_ SENNIT_GUARDED_BY(mutex_);
  CallCounts counts_ SENNIT_GUARDED_BY(mutex_);
  LiveCounts live_ SENNIT_GUARDED_BY(mutex_);
  std::vector<std::string> misuses_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit
