// backend/cuda/kernel_times.cpp: how long launches of one kernel took.
#include "backend/cuda/kernel_times.h"

#include <algorithm>

namespace sennit::cuda {

KernelTimes::~KernelTimes() {
  if (context_.is_lost()) return;
  const Lock lock(mutex_);
  for (const Samples& samples : samples_) {
    if (samples.start != nullptr) context_.driver().cuEventDestroy(samples.start);
    if (samples.stop != nullptr) context_.driver().cuEventDestroy(samples.stop);
  }
}

// ---- Launching ---------------------------------------------------------------------------------

std::size_t KernelTimes::row_of(const LaunchConfig& config, std::size_t touched_bytes) {
  const auto same = [&](const Row& row) {
    return row.touched_bytes == touched_bytes && row.config == config;
  };
  if (last_ < used_ && same(rows_[last_])) return last_;
  for (last_ = 0; last_ < used_; ++last_) {
    if (same(rows_[last_])) return last_;
  }
  last_ = used_ < kRows ? used_++ : next_++ % kRows;
  rows_[last_] = Row{config, touched_bytes, 0};
  const Lock lock(mutex_);
  // The events stay with the row; a sample under way is of the old size and is dropped.
  Published& known = published_[last_];
  samples_[last_].count = 0;
  known.pending.store(false, std::memory_order_relaxed);
  known.us.store(kUnknown, std::memory_order_relaxed);
  known.key.store(key_of(config, touched_bytes), std::memory_order_release);
  return last_;
}

std::optional<KernelTimes::Sample> KernelTimes::begin(const LaunchConfig& config,
                                                      std::size_t touched_bytes, CUstream stream) {
  const std::size_t row = row_of(config, touched_bytes);
  const std::uint64_t number = rows_[row].launches++;
  const bool pending = published_[row].pending.load(std::memory_order_relaxed);
  if (pending && number % (kInterval / kPatience) == 0) {
    const Lock lock(mutex_);
    poll(row);
  }
  if ((number >= kFirst && number % kInterval != 0) || pending) return std::nullopt;
  const Driver& driver = context_.driver();
  const Current current(context_);
  const Lock lock(mutex_);
  Samples& samples = samples_[row];
  if (samples.start == nullptr) {
    context_.check(driver.cuEventCreate(&samples.start, CU_EVENT_DEFAULT), "creating an event");
    context_.check(driver.cuEventCreate(&samples.stop, CU_EVENT_DEFAULT), "creating an event");
  }
  context_.check(driver.cuEventRecord(samples.start, stream), "recording an event");
  return row;
}

void KernelTimes::end(Sample row, CUstream stream) {
  const Lock lock(mutex_);
  context_.check(context_.driver().cuEventRecord(samples_[row].stop, stream), "recording an event");
  published_[row].pending.store(true, std::memory_order_relaxed);
}

void KernelTimes::poll(std::size_t row) {
  Published& known = published_[row];
  if (!known.pending.load(std::memory_order_relaxed) || context_.is_lost()) return;
  Samples& samples = samples_[row];
  const Driver& driver = context_.driver();
  const Relaxed relaxed(context_);
  if (driver.cuEventQuery(samples.stop) != CUDA_SUCCESS) return;
  known.pending.store(false, std::memory_order_relaxed);
  float milliseconds = 0;
  if (driver.cuEventElapsedTime(&milliseconds, samples.start, samples.stop) != CUDA_SUCCESS) return;
  samples.us[samples.count++ % kSamples] =
      std::max(0.0, static_cast<double>(milliseconds) * 1000 - floor_us_);
  // Other work beside it, and a first launch, only make a launch look longer.
  const auto end =
      samples.us.begin() + static_cast<std::ptrdiff_t>(std::min(samples.count, kSamples));
  known.us.store(*std::min_element(samples.us.begin(), end), std::memory_order_relaxed);
}

// ---- Asking ------------------------------------------------------------------------------------

std::optional<double> KernelTimes::typical_us(const LaunchConfig& config,
                                              std::size_t touched_bytes) {
  const std::uint64_t key = key_of(config, touched_bytes);
  for (std::size_t row = 0; row < kRows; ++row) {
    Published& known = published_[row];
    if (known.key.load(std::memory_order_acquire) != key) continue;
    const double us = known.us.load(std::memory_order_relaxed);
    if (us != kUnknown) return us;
    if (asked_.fetch_add(1, std::memory_order_relaxed) % kPatience != 0) return std::nullopt;
    const Lock lock(mutex_);
    poll(row);
    const double polled_us = known.us.load(std::memory_order_relaxed);
    return polled_us == kUnknown ? std::nullopt : std::optional(polled_us);
  }
  return std::nullopt;
}

// Two sizes with the same key would only be taken for each other.
std::uint64_t KernelTimes::key_of(const LaunchConfig& config, std::size_t touched_bytes) {
  std::uint64_t key = touched_bytes + 1;
  const auto mix = [&](std::uint64_t value) {
    key = (key ^ value) * 0x9e3779b97f4a7c15u;
    key ^= key >> 29;
  };
  const auto packed = [](std::uint32_t high, std::uint32_t low) {
    return std::uint64_t{high} << 32 | low;
  };
  mix(packed(config.grid.x, config.block.x));
  mix(packed(config.grid.y, config.grid.z));
  mix(packed(config.block.y, config.block.z));
  mix(packed(config.shared_bytes, config.cooperative ? 1 : 0));
  mix(config.cluster.count());
  return key | 1;
}

}  // namespace sennit::cuda
