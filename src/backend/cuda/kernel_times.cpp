// backend/cuda/kernel_times.cpp: how long launches of one kernel took.
#include "backend/cuda/kernel_times.h"

#include <algorithm>

namespace sennit::cuda {

KernelTimes::~KernelTimes() {
  if (context_.is_lost()) return;
  for (Row& row : rows_) {
    if (row.start != nullptr) context_.driver().cuEventDestroy(row.start);
    if (row.stop != nullptr) context_.driver().cuEventDestroy(row.stop);
  }
}

KernelTimes::Row* KernelTimes::find(const LaunchConfig& config, std::size_t touched_bytes) {
  const auto same = [&](const Row& row) {
    return row.touched_bytes == touched_bytes && row.config == config;
  };
  if (last_ < used_ && same(rows_[last_])) return &rows_[last_];
  for (std::size_t i = 0; i < used_; ++i) {
    if (!same(rows_[i])) continue;
    last_ = i;
    return &rows_[i];
  }
  return nullptr;
}

bool KernelTimes::begin(const LaunchConfig& config, std::size_t touched_bytes, CUstream stream) {
  Row* row = find(config, touched_bytes);
  if (row == nullptr) {
    last_ = used_ < kRows ? used_++ : next_++ % kRows;
    row = &rows_[last_];
    // The events stay with the row; a sample under way is of the old size and is dropped.
    *row = Row{config, touched_bytes, 0, {}, 0, row->start, row->stop, false, 0};
  }
  const std::uint64_t number = row->launches++;
  if (row->pending && number % (kInterval / kPatience) == 0) poll(*row);
  if ((number >= kFirst && number % kInterval != 0) || row->pending) return false;
  const Driver& driver = context_.driver();
  const Current current(context_);
  if (row->start == nullptr) {
    context_.check(driver.cuEventCreate(&row->start, CU_EVENT_DEFAULT), "creating an event");
    context_.check(driver.cuEventCreate(&row->stop, CU_EVENT_DEFAULT), "creating an event");
  }
  context_.check(driver.cuEventRecord(row->start, stream), "recording an event");
  return true;
}

void KernelTimes::end(CUstream stream) {
  Row& row = rows_[last_];
  context_.check(context_.driver().cuEventRecord(row.stop, stream), "recording an event");
  row.pending = true;
}

void KernelTimes::poll(Row& row) {
  if (!row.pending || context_.is_lost()) return;
  const Driver& driver = context_.driver();
  const Relaxed relaxed(context_);
  if (driver.cuEventQuery(row.stop) != CUDA_SUCCESS) return;
  row.pending = false;
  float milliseconds = 0;
  if (driver.cuEventElapsedTime(&milliseconds, row.start, row.stop) != CUDA_SUCCESS) return;
  row.samples_us[row.sample_count++ % kSamples] =
      std::max(0.0, static_cast<double>(milliseconds) * 1000 - floor_us_);
}

std::optional<double> KernelTimes::typical_us(const LaunchConfig& config,
                                              std::size_t touched_bytes) {
  Row* row = find(config, touched_bytes);
  if (row == nullptr) return std::nullopt;
  if (row->sample_count == 0) {
    if (row->asked++ % kPatience == 0) poll(*row);
    if (row->sample_count == 0) return std::nullopt;
  }
  // Other work beside it, and a first launch, only make a launch look longer.
  const std::size_t count = std::min(row->sample_count, kSamples);
  return *std::min_element(row->samples_us.begin(),
                           row->samples_us.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace sennit::cuda
