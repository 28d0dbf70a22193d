// backend/cpu/timing_log.h: when commands ran, noted while somebody wants to know.
#pragma once

#include <atomic>
#include <chrono>
#include <vector>

#include "backend/backend.h"
#include "base/mutex.h"

namespace sennit::cpu {

// The clock of Device::now_us.
inline double clock_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

// Any thread.
class TimingLog {
 public:
  void record(bool on) { on_.store(on, std::memory_order_relaxed); }
  bool is_on() const { return on_.load(std::memory_order_relaxed); }

  void add(const Timing& timing) SENNIT_EXCLUDES(mutex_) {
    const Lock lock(mutex_);
    timings_.push_back(timing);
  }
  // Appends what was noted, and forgets it.
  void take(std::vector<Timing>& out) SENNIT_EXCLUDES(mutex_) {
    const Lock lock(mutex_);
    out.insert(out.end(), timings_.begin(), timings_.end());
    timings_.clear();
  }

 private:
  std::atomic<bool> on_{false};
  Mutex mutex_;
  std::vector<Timing> timings_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit::cpu
