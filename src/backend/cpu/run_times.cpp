// backend/cpu/run_times.cpp: what launches of one kernel have cost.
#include "backend/cpu/run_times.h"

#include <cmath>

namespace sennit::cpu {
namespace {

// A thread that loses its core in the middle of a launch makes it look longer, nothing makes it
// look shorter: lower values are believed sooner than higher ones.
constexpr double kWeightOfLower = 0.5;
constexpr double kWeightOfHigher = 0.125;

double threads_of(const LaunchConfig& config) {
  return static_cast<double>(config.grid.count()) * static_cast<double>(config.block.count());
}

}  // namespace

void RunTimes::add(const LaunchConfig& config, double work_us) {
  Lock lock(mutex_);
  for (std::size_t i = 0; i < used_; ++i) {
    Row& row = rows_[i];
    if (!(row.config == config)) continue;
    const double weight = work_us < row.work_us ? kWeightOfLower : kWeightOfHigher;
    row.work_us += weight * (work_us - row.work_us);
    return;
  }
  const Row row{config, work_us};
  if (used_ < kRows) {
    rows_[used_++] = row;
  } else {
    rows_[next_] = row;
    next_ = (next_ + 1) % kRows;
  }
}

std::optional<double> RunTimes::work_us(const LaunchConfig& config) const {
  Lock lock(mutex_);
  const double threads = threads_of(config);
  const Row* nearest = nullptr;
  double nearest_distance = 0;
  for (std::size_t i = 0; i < used_; ++i) {
    const Row& row = rows_[i];
    if (row.config == config) return row.work_us;
    const double distance = std::abs(std::log2(threads / threads_of(row.config)));
    if (nearest == nullptr || distance < nearest_distance) {
      nearest = &row;
      nearest_distance = distance;
    }
  }
  if (nearest == nullptr) return std::nullopt;
  return nearest->work_us * threads / threads_of(nearest->config);
}

}  // namespace sennit::cpu
