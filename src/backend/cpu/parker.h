// backend/cpu/parker.h: the place where one thread sleeps until another wakes it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <thread>

#include "base/mutex.h"

namespace sennit::cpu {

// A wake-up that comes before the sleep is kept: the next `park` returns at once. A woken thread
// may destroy the parker as soon as `park` returns.
class Parker {
 public:
  void park() {
    Lock lock(mutex_);
    lock.wait(condition_, [this]() SENNIT_NO_THREAD_SAFETY_ANALYSIS { return woken_; });
    woken_ = false;
  }

  void unpark() {
    // Signals under the lock: after it, the sleeper may be gone and this parker with it.
    Lock lock(mutex_);
    woken_ = true;
    condition_.notify_one();
  }

 private:
  Mutex mutex_;
  std::condition_variable condition_;
  bool woken_ SENNIT_GUARDED_BY(mutex_) = false;
};

// Asks `done` again and again for about `limit`; true if it said yes. Gives the core away after
// the first microseconds: on a busy machine the thread that would make it true may need it.
template <typename Predicate>
bool spin_until(Predicate done, std::chrono::nanoseconds limit) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::microseconds kBeforeYielding{4};
  const Clock::time_point start = Clock::now();
  for (;;) {
    for (int i = 0; i < 16; ++i) {
      if (done()) return true;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#elif defined(__aarch64__)
      asm volatile("yield");
#endif
    }
    const auto spent = Clock::now() - start;
    if (spent >= limit) return done();
    if (spent >= kBeforeYielding) std::this_thread::yield();
  }
}

}  // namespace sennit::cpu
