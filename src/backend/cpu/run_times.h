// backend/cpu/run_times.h: what launches of one kernel have cost.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "backend/backend.h"
#include "base/mutex.h"

namespace sennit::cpu {

// Keeps the work of the last few configurations, in microseconds of one core: how many cores
// share a launch depends on what else runs, its work does not. Any thread.
class RunTimes {
 public:
  void add(const LaunchConfig& config, double work_us) SENNIT_EXCLUDES(mutex_);
  // A configuration not seen is scaled by its number of threads from the one nearest in size;
  // nullopt if nothing ran yet.
  std::optional<double> work_us(const LaunchConfig& config) const SENNIT_EXCLUDES(mutex_);

 private:
  struct Row {
    LaunchConfig config;
    double work_us = 0;
  };
  static constexpr std::size_t kRows = 8;

  mutable Mutex mutex_;
  std::array<Row, kRows> rows_ SENNIT_GUARDED_BY(mutex_);
  std::size_t used_ SENNIT_GUARDED_BY(mutex_) = 0;
  std::size_t next_ SENNIT_GUARDED_BY(mutex_) = 0;  // the row to replace, once all are used
};

}  // namespace sennit::cpu
