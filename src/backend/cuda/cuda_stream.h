// backend/cuda/cuda_stream.h: streams and events of one GPU.
#pragma once

#include <memory>

#include "backend/backend.h"
#include "backend/cuda/builtin_kernels.h"
#include "backend/cuda/cuda_context.h"
#include "backend/cuda/pinned_pool.h"
#include "backend/cuda/submission.h"
#include "backend/cuda/timing_log.h"

namespace sennit::cuda {

class CudaEvent final : public Event {
 public:
  explicit CudaEvent(const CudaContext& context);
  // Adopts nothing: an event of another library, which outlives this object.
  CudaEvent(const CudaContext& context, CUevent lent)
      : context_(context), event_(lent), owned_(false) {}
  ~CudaEvent() override;

  bool is_done() const override;
  void sync() const override;

  CUevent handle() const { return event_; }

  // It is recorded once `queue` has come to `ticket`; without a queue it is already.
  void recorded_at(SubmissionQueue* queue, SubmissionQueue::Ticket ticket) {
    ticket_.store(ticket, std::memory_order_relaxed);
    queue_.store(queue, std::memory_order_release);
  }
  bool was_recorded_by(const SubmissionQueue& queue) const {
    return queue_.load(std::memory_order_relaxed) == &queue;
  }
  // Blocks until the driver knows of the newest recording, which takes microseconds.
  void wait_until_recorded() const {
    if (const SubmissionQueue* queue = queue_.load(std::memory_order_acquire)) {
      queue->wait_for(ticket_.load(std::memory_order_relaxed));
    }
  }

 private:
  const CudaContext& context_;
  CUevent event_ = nullptr;
  const bool owned_ = true;
  std::atomic<SubmissionQueue*> queue_{nullptr};  // that it was last recorded by; null: by none
  std::atomic<SubmissionQueue::Ticket> ticket_{0};
};

// What the streams and graphs of a device share.
struct DeviceServices {
  const CudaContext& context;
  const DeviceInfo& info;
  TimingLog& timings;
  BuiltinKernels& builtins;
  PinnedPool& pinned;
  SubmissionQueue& submissions;
};

class CudaStream final : public Stream {
 public:
  explicit CudaStream(const DeviceServices& services);
  ~CudaStream() override;

  void enqueue(const Command& command, CommandTag tag) override;
  void wait(const Event& event) override;
  void record(Event& event) override;

  CUstream handle() const { return stream_; }
  // REQUIRES: our context is current.
  void launch(CUgraphExec graph);

 private:
  struct DeferredLaunch;
  struct DeferredCommand;
  struct DeferredRecord;
  struct DeferredWait;

  bool defer(const Command& command, CommandTag tag);
  void queue(const Command& command, CommandTag tag);
  void launch(const LaunchCommand& command, bool timed);
  void wait_for(CUevent event);
  void copy(const CopyCommand& command);
  void fill(const FillCommand& command);
  void call(const HostCallCommand& command, CommandTag tag);

  // Memory that is not page-locked: the driver would read it when the copy is queued, not when its
  // turn comes. It goes through a locked buffer, in pieces, by host functions in stream order.
  void copy_through_buffer(const CopyCommand& command);
  void copy_on_host(void* to, const void* from, std::size_t bytes);

  const DeviceServices services_;
  const CudaContext& context_;
  CUstream stream_ = nullptr;
  std::unique_ptr<Allocation> buffer_;  // once it is needed
  // What was queued last, events apart, is a launch behind which another may be early. Belongs to
  // whoever calls the driver.
  bool behind_early_ = false;
};

}  // namespace sennit::cuda
