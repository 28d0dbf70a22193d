// backend/cuda/submission.h: who calls the driver: the thread that submits, or one kept for that.
//
// Queueing a launch takes the driver 3 us and more, and our own decisions a few tenths. In a burst
// of work a thread of ours takes the driver's part over, so that both go on at the same time and
// the program pays for the decisions only. A few operations alone are queued by the caller at once:
// waking a thread would take longer.
//
// Work runs in the order in which it was submitted, whoever runs it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "backend/cuda/cuda_context.h"

namespace sennit::cuda {

enum class SubmitThread : std::uint8_t {
  Never,     // the caller queues everything
  InBursts,  // the thread takes over in bursts
  Always,    // whatever can wait for the thread does: for tests
};

// What the option submit_thread means on this machine. Raises InvalidArgument, listing what it
// takes.
SubmitThread submit_thread(std::string_view option);

// One for each device. `submit` and `run` are called by one thread at a time, as `Stream`'s
// functions are; the rest by any.
class SubmissionQueue {
 public:
  // How far the queue had come when something was submitted.
  using Ticket = std::uint64_t;

  SubmissionQueue(const CudaContext& context, SubmitThread when);
  ~SubmissionQueue();  // what was submitted has run
  SubmissionQueue(const SubmissionQueue&) = delete;
  SubmissionQueue& operator=(const SubmissionQueue&) = delete;

  // Whether what is submitted now goes to the thread. If not, call `run`.
  bool defers() { return when_ != SubmitThread::Never && wants_thread(); }
  // Makes an Item from `arguments`, whose `run()` the thread calls later: it must not throw. At
  // most kItemBytes large. REQUIRES: `defers()` said so.
  template <typename Item, typename... Arguments>
  void submit(Arguments&&... arguments) {
    static_assert(sizeof(Item) <= kItemBytes && std::is_trivially_destructible_v<Item>);
    Slot& slot = claim();
    Item* const item =
        new (static_cast<void*>(slot.bytes)) Item(std::forward<Arguments>(arguments)...);
    slot.item = item;
    slot.run = [](void* self) { static_cast<Item*>(self)->run(); };
    publish();
  }
  // Calls `work` here, behind everything submitted before.
  template <typename Work>
  void run(Work work) {
    flush();
    work();
  }

  // The point behind all that has been submitted so far.
  Ticket now() const { return submitted_.load(std::memory_order_relaxed); }
  // Whether all in front of the point has been given to the driver.
  bool has_run(Ticket ticket) const { return done_.load(std::memory_order_acquire) >= ticket; }
  // Blocks until it has: microseconds, since the thread is at it.
  void wait_for(Ticket ticket) const;
  void flush() const { wait_for(now()); }
  // As `flush`, for a few microseconds at most; false if there is work left.
  bool wait_briefly() const;
  // The host has waited for the device: a burst is over.
  void end_burst();

  static constexpr std::size_t kItemBytes = 432;

 private:
  struct alignas(64) Slot {
    void (*run)(void*) = nullptr;
    void* item = nullptr;
    alignas(16) std::byte bytes[kItemBytes];
  };
  static constexpr std::uint64_t kSlots = 512;

  bool wants_thread();
  bool start();
  Slot& claim();
  void publish();
  void wake();
  void work();
  bool wait_for_work(Ticket next);

  const CudaContext& context_;
  const SubmitThread when_;
  const std::unique_ptr<Slot[]> slots_;

  // Of the submitting thread.
  std::uint64_t burst_ = 0;     // operations since the host last waited
  std::uint64_t asked_at_ = 0;  // where in this burst the thread was last woken, or it began
  Ticket seen_done_ = 0;        // the thread has come so far at least
  std::thread thread_;          // started once it is needed
  std::uint64_t last_burst_ = 0;
  bool no_thread_ = false;  // the system gave none

  std::atomic<bool> burst_over_{false};

  alignas(64) std::atomic<Ticket> submitted_{0};
  alignas(64) std::atomic<Ticket> done_{0};
  Ticket seen_submitted_ = 0;  // of the thread: at least so much there is
  // The thread looks for work all the time; while it sleeps, this is false.
  alignas(64) std::atomic<bool> awake_{false};
  std::atomic<std::uint32_t> calls_{0};  // changes when the thread is to wake up
  std::atomic<bool> stop_{false};
};

}  // namespace sennit::cuda
