// backend/cpu/cpu_stream.h: an in-order queue of commands, as backend.h sees it.
#pragma once

#include "backend/backend.h"
#include "backend/cpu/command_queue.h"
#include "backend/cpu/cpu_event.h"

namespace sennit::cpu {

// A queue while somebody adds commands to it. The queue itself stays with the device: work that
// is still in it runs, and the device lends it to a later stream once it is idle.
class CpuStream final : public Stream {
 public:
  // `queue` has been lent to it.
  explicit CpuStream(CommandQueue& queue) : queue_(queue) {}
  ~CpuStream() override { queue_.give_back(); }
  CpuStream(const CpuStream&) = delete;
  CpuStream& operator=(const CpuStream&) = delete;

  void enqueue(const Command& command, CommandTag tag) override { queue_.enqueue(command, tag); }
  void wait(const Event& event) override {
    queue_.wait(static_cast<const CpuEvent&>(event).point());
  }
  void record(Event& event) override { static_cast<CpuEvent&>(event).set_point(queue_.end()); }

  CommandQueue& queue() { return queue_; }

 private:
  CommandQueue& queue_;
};

}  // namespace sennit::cpu
