// backend/cuda/timing_log.h: when commands ran, noted while somebody wants to know.
#pragma once

#include <atomic>
#include <deque>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"
#include "base/mutex.h"

namespace sennit::cuda {

// Pairs of timed events, read once their work is done, on the host's clock. Any thread.
class TimingLog {
 public:
  explicit TimingLog(const CudaContext& context) : context_(context) {}
  ~TimingLog();
  TimingLog(const TimingLog&) = delete;
  TimingLog& operator=(const TimingLog&) = delete;

  // Switching on waits for the device once, to set its clock by the host's.
  void record(bool on);
  bool is_on() const { return on_.load(std::memory_order_relaxed); }

  // Around a command: `begin`, the command, `end`.
  void begin(CommandTag tag, CUstream stream);
  void end(CUstream stream);
  // The command was refused: forgets it.
  void cancel();
  void take(std::vector<Timing>& out);

 private:
  struct Pair {
    CommandTag tag = 0;
    CUevent start = nullptr;
    CUevent stop = nullptr;
  };
  Pair fresh() SENNIT_REQUIRES(mutex_);

  const CudaContext& context_;
  std::atomic<bool> on_{false};
  Mutex mutex_;
  std::deque<Pair> pending_ SENNIT_GUARDED_BY(mutex_);
  std::vector<Pair> free_ SENNIT_GUARDED_BY(mutex_);
  Pair open_ SENNIT_GUARDED_BY(mutex_);  // between `begin` and `end`
  CUevent epoch_ SENNIT_GUARDED_BY(mutex_) = nullptr;
  double epoch_us_ SENNIT_GUARDED_BY(mutex_) = 0;  // the host's clock at `epoch_`
};

// The clock of Device::now_us.
double host_clock_us();

}  // namespace sennit::cuda
