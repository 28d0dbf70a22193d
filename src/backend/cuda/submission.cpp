// backend/cuda/submission.cpp: the ring between the submitting thread and the one that calls the
// driver, and when that one sleeps.
#include "backend/cuda/submission.h"

#include <pthread.h>

#include <chrono>
#include <system_error>

#include "base/signals_blocked.h"
#include "base/text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sennit::cuda {
namespace {

// A burst is worth the thread, where it is awake, from so many operations on.
constexpr std::uint64_t kBurst = 32;
// Waking it takes as long as queueing several, and the device waits if the caller does: only after
// so many, whatever bursts were before.
constexpr std::uint64_t kLongBurst = 64;

// The thread stays awake for so long after its last work: the next burst mostly follows soon.
constexpr auto kPatience = std::chrono::microseconds(1000);

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

// Spins, and lets others run now and then, on machines whose cores all have something to do.
template <typename Condition>
void spin_until(Condition condition) {
  for (unsigned round = 1; !condition(); ++round) {
    if (round % 256 == 0) {
      std::this_thread::yield();
    } else {
      relax();
    }
  }
}

}  // namespace

SubmitThread submit_thread(std::string_view option) {
  // The thread looks for work all the time while it is awake: that takes a core.
  constexpr unsigned kCores = 4;
  if (option == "auto") {
    return std::thread::hardware_concurrency() >= kCores ? SubmitThread::InBursts
                                                         : SubmitThread::Never;
  }
  if (option == "never") return SubmitThread::Never;
  if (option == "bursts") return SubmitThread::InBursts;
  if (option == "always") return SubmitThread::Always;
  raise(ErrorCode::InvalidArgument,
        format("option submit_thread: '{}' is not possible; it takes auto, never, bursts or always",
               option));
}

SubmissionQueue::SubmissionQueue(const CudaContext& context, SubmitThread when)
    : context_(context),
      when_(when),
      slots_(when == SubmitThread::Never ? nullptr : new Slot[kSlots]) {}

SubmissionQueue::~SubmissionQueue() {
  if (!thread_.joinable()) return;
  flush();
  stop_.store(true, std::memory_order_release);
  wake();
  thread_.join();
}

void SubmissionQueue::wake() {
  calls_.fetch_add(1, std::memory_order_seq_cst);
  calls_.notify_one();
}

// The thread takes over in a burst, once it is awake: until then the device must not run dry. Few
// operations between two waits are done sooner here.
bool SubmissionQueue::wants_thread() {
  if (burst_over_.load(std::memory_order_relaxed)) {
    burst_over_.store(false, std::memory_order_relaxed);
    last_burst_ = burst_;
    burst_ = 0;
    asked_at_ = 0;
  }
  ++burst_;
  if (when_ == SubmitThread::Always) return start();
  // As the last burst was, this one is expected to be.
  if (burst_ < kBurst && last_burst_ < kBurst) return false;
  if (awake_.load(std::memory_order_relaxed)) return true;
  // It may go to sleep again, if the program does something else meanwhile.
  if (burst_ - asked_at_ >= kLongBurst) {
    asked_at_ = burst_;
    if (start()) wake();
  }
  return false;
}

// False where the system gives no thread: the caller goes on alone.
bool SubmissionQueue::start() {
  if (thread_.joinable() || no_thread_) return !no_thread_;
  const SignalsBlocked blocked;
  try {
    thread_ = std::thread([this] { work(); });
    pthread_setname_np(thread_.native_handle(), "sennit-submit");
  } catch (const std::system_error&) {
    no_thread_ = true;
  }
  return !no_thread_;
}

void SubmissionQueue::end_burst() {
  if (when_ != SubmitThread::Never) burst_over_.store(true, std::memory_order_relaxed);
}

SubmissionQueue::Slot& SubmissionQueue::claim() {
  const Ticket next = submitted_.load(std::memory_order_relaxed);
  if (next - seen_done_ >= kSlots) {
    seen_done_ = done_.load(std::memory_order_acquire);
    // Full: for a good part of it, since two threads that take turns with each slot hinder each
    // other.
    if (next - seen_done_ >= kSlots) {
      spin_until([&] { return next - done_.load(std::memory_order_acquire) < kSlots * 3 / 4; });
      seen_done_ = done_.load(std::memory_order_acquire);
    }
  }
  return slots_[next % kSlots];
}

void SubmissionQueue::publish() {
  submitted_.store(submitted_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
  // It may have gone to sleep since it was asked: then it has not seen this one.
  if (!awake_.load(std::memory_order_seq_cst)) [[unlikely]] {
    wake();
  }
}

void SubmissionQueue::wait_for(Ticket ticket) const {
  spin_until([&] { return has_run(ticket); });
}

bool SubmissionQueue::wait_briefly() const {
  constexpr auto kBriefly = std::chrono::microseconds(5);
  const auto end = std::chrono::steady_clock::now() + kBriefly;
  spin_until([&] { return has_run(now()) || std::chrono::steady_clock::now() >= end; });
  return has_run(now());
}

void SubmissionQueue::work() {
  {
    // For the life of the thread: all that it does is of ours, and no capture of others concerns
    // it.
    const Driver& driver = context_.driver();
    driver.cuCtxSetCurrent(context_.handle());
    CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;
    driver.cuThreadExchangeStreamCaptureMode(&mode);
  }
  awake_.store(true, std::memory_order_seq_cst);
  for (Ticket next = 0; wait_for_work(next); ++next) {
    Slot& slot = slots_[next % kSlots];
    // The next one is on its way from the other core while the driver is busy with this one.
    const Slot& following = slots_[(next + 1) % kSlots];
    for (std::size_t line = 0; line < 5; ++line) {
      __builtin_prefetch(reinterpret_cast<const char*>(&following) + 64 * line);
    }
    slot.run(slot.item);
    done_.store(next + 1, std::memory_order_release);
  }
}

// Until ticket `next` is submitted; false when there will be nothing any more.
bool SubmissionQueue::wait_for_work(Ticket next) {
  using Clock = std::chrono::steady_clock;
  // What was seen once need not be looked at again: that would take the line from who writes it.
  if (next < seen_submitted_) return true;
  const auto there = [&] {
    seen_submitted_ = submitted_.load(std::memory_order_seq_cst);
    return next < seen_submitted_;
  };
  while (!there()) {
    const std::uint32_t calls = calls_.load(std::memory_order_seq_cst);
    const Clock::time_point end = Clock::now() + kPatience;
    do {
      for (int i = 0; i < 64; ++i) {
        if (there()) return true;
        relax();
      }
      std::this_thread::yield();
    } while (Clock::now() < end);
    // Who submits looks at `awake_` after it has submitted, and this looks at what was submitted
    // after it has said that it sleeps: one of the two notices the other.
    awake_.store(false, std::memory_order_seq_cst);
    if (!there()) {
      if (stop_.load(std::memory_order_acquire)) return false;
      calls_.wait(calls, std::memory_order_seq_cst);
    }
    awake_.store(true, std::memory_order_seq_cst);
  }
  return true;
}

}  // namespace sennit::cuda
