// backend/cuda/timing_log.cpp: when commands ran, on the host's clock.
#include "backend/cuda/timing_log.h"

#include <chrono>

namespace sennit::cuda {

double host_clock_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

TimingLog::~TimingLog() {
  if (context_.is_lost()) return;
  const Driver& driver = context_.driver();
  for (const Pair& pair : pending_) free_.push_back(pair);
  for (const Pair& pair : free_) {
    driver.cuEventDestroy(pair.start);
    driver.cuEventDestroy(pair.stop);
  }
  if (epoch_ != nullptr) driver.cuEventDestroy(epoch_);
}

void TimingLog::record(bool on) {
  if (on && !is_on() && !context_.is_lost()) {
    const Lock lock(mutex_);
    const Current current(context_);
    const Relaxed relaxed(context_);
    const Driver& driver = context_.driver();
    CUstream stream = nullptr;
    context_.check(driver.cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), "creating a stream");
    if (epoch_ == nullptr) {
      context_.check(driver.cuEventCreate(&epoch_, CU_EVENT_DEFAULT), "creating an event");
    }
    // The event is stamped between the two readings of the host's clock.
    const double before = host_clock_us();
    context_.check(driver.cuEventRecord(epoch_, stream), "recording an event");
    context_.check(driver.cuEventSynchronize(epoch_), "waiting for an event");
    epoch_us_ = (before + host_clock_us()) / 2;
    context_.check(driver.cuStreamDestroy(stream), "destroying a stream");
  }
  on_.store(on, std::memory_order_relaxed);
}

TimingLog::Pair TimingLog::fresh() {
  if (!free_.empty()) {
    const Pair pair = free_.back();
    free_.pop_back();
    return pair;
  }
  const Driver& driver = context_.driver();
  Pair pair;
  context_.check(driver.cuEventCreate(&pair.start, CU_EVENT_DEFAULT), "creating an event");
  context_.check(driver.cuEventCreate(&pair.stop, CU_EVENT_DEFAULT), "creating an event");
  return pair;
}

void TimingLog::begin(CommandTag tag, CUstream stream) {
  const Lock lock(mutex_);
  open_ = fresh();
  open_.tag = tag;
  context_.check(context_.driver().cuEventRecord(open_.start, stream), "recording an event");
}

void TimingLog::end(CUstream stream) {
  const Lock lock(mutex_);
  context_.check(context_.driver().cuEventRecord(open_.stop, stream), "recording an event");
  pending_.push_back(open_);
}

void TimingLog::cancel() {
  const Lock lock(mutex_);
  free_.push_back(open_);
}

void TimingLog::take(std::vector<Timing>& out) {
  const Lock lock(mutex_);
  if (pending_.empty() || context_.is_lost()) return;
  const Current current(context_);
  const Relaxed relaxed(context_);
  const Driver& driver = context_.driver();
  std::deque<Pair> rest;
  for (const Pair& pair : pending_) {
    if (driver.cuEventQuery(pair.stop) != CUDA_SUCCESS) {
      rest.push_back(pair);
      continue;
    }
    float start_ms = 0;
    float stop_ms = 0;
    driver.cuEventElapsedTime(&start_ms, epoch_, pair.start);
    driver.cuEventElapsedTime(&stop_ms, epoch_, pair.stop);
    out.push_back({pair.tag, epoch_us_ + 1000.0 * static_cast<double>(start_ms),
                   epoch_us_ + 1000.0 * static_cast<double>(stop_ms)});
    free_.push_back(pair);
  }
  pending_.swap(rest);
}

}  // namespace sennit::cuda
