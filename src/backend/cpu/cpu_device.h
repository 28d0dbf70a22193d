// backend/cpu/cpu_device.h: the cores of this machine as one device.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/command_queue.h"
#include "backend/cpu/cpu_allocation.h"
#include "backend/cpu/failure_log.h"
#include "backend/cpu/worker_pool.h"
#include "base/mutex.h"

namespace sennit::cpu {

class CpuDevice final : public Device {
 public:
  // Runs on `workers` threads.
  explicit CpuDevice(unsigned workers);
  ~CpuDevice() override;

  const DeviceInfo& info() const override { return info_; }
  std::optional<std::size_t> free_memory_bytes() const override;
  std::unique_ptr<Stream> create_stream() override SENNIT_EXCLUDES(mutex_);
  std::unique_ptr<Event> create_event() override;
  std::unique_ptr<Graph> create_graph() override;
  std::unique_ptr<Allocation> allocate(std::size_t bytes) override;
  std::unique_ptr<Allocation> allocate_host(std::size_t bytes) override;
  std::unique_ptr<Module> load(const Image& image) override;
  std::optional<Failure> take_failure() override { return failures_.take(); }

  void record_timings(bool on) override { failures_.timings.record(on); }
  void take_timings(std::vector<Timing>& out) override { failures_.timings.take(out); }

  unsigned workers() const { return pool_.workers(); }

 private:
  const DeviceInfo info_;
  CpuMemory memory_;
  FailureLog failures_;
  Mutex mutex_;
  // Lent to streams, never destroyed before the device: events point into them.
  std::vector<std::unique_ptr<CommandQueue>> queues_ SENNIT_GUARDED_BY(mutex_);
  WorkerPool pool_;  // the last member: its threads end before what they use
};

}  // namespace sennit::cpu
