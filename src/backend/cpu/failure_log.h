// backend/cpu/failure_log.h: failures of commands, until the scheduler takes them; and their times.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "backend/backend.h"
#include "backend/cpu/timing_log.h"
#include "base/mutex.h"

namespace sennit::cpu {

class FailureLog {
 public:
  TimingLog timings;

  // Called before the failed command counts as done, so that whoever sees it done finds this.
  void add(CommandTag tag, Error error) SENNIT_EXCLUDES(mutex_) {
    Lock lock(mutex_);
    failures_.push_back({tag, std::move(error)});
    count_.store(failures_.size(), std::memory_order_relaxed);
  }

  // The oldest, or nullopt; then it is a relaxed load.
  std::optional<Failure> take() SENNIT_EXCLUDES(mutex_) {
    if (count_.load(std::memory_order_relaxed) == 0) return std::nullopt;
    Lock lock(mutex_);
    if (failures_.empty()) return std::nullopt;
    std::optional<Failure> oldest(std::move(failures_.front()));
    failures_.pop_front();
    count_.store(failures_.size(), std::memory_order_relaxed);
    return oldest;
  }

 private:
  std::atomic<std::size_t> count_{0};
  Mutex mutex_;
  std::deque<Failure> failures_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit::cpu
