// sched/replay/backstop.h: a thread that looks, now and then, after what somebody may have left.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sennit {

// Sleeps for good unless it is armed: then it calls `look` once in each period until that returns
// false.
class Backstop {
 public:
  // Raises std::system_error where the system gives no thread. `look` must not throw.
  Backstop(std::chrono::microseconds period, std::function<bool()> look);
  ~Backstop();
  Backstop(const Backstop&) = delete;
  Backstop& operator=(const Backstop&) = delete;

  // Any thread. Armed while it is at `look`, it calls that once more, whatever this call returns.
  void arm();

 private:
  void work();

  const std::chrono::microseconds period_;
  const std::function<bool()> look_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  bool armed_ = false;
  bool stop_ = false;

  std::thread thread_;
};

}  // namespace sennit
