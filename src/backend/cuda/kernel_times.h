// backend/cuda/kernel_times.h: how long launches of one kernel took, from a few that were timed.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"
#include "base/mutex.h"

namespace sennit::cuda {

// A pair of events around a launch costs more than many kernels run for, so only the first launches
// of each size are timed, and one in a few hundred after them. Launches are timed by one thread,
// and asked for by another.
class KernelTimes {
 public:
  // `floor_us`: what the events show around work that takes no time.
  KernelTimes(const CudaContext& context, double floor_us)
      : context_(context), floor_us_(floor_us) {}
  ~KernelTimes();
  KernelTimes(const KernelTimes&) = delete;
  KernelTimes& operator=(const KernelTimes&) = delete;

  // Called around a launch: if this one is to be timed, records the first event and says what `end`
  // is to be told.
  using Sample = std::size_t;
  std::optional<Sample> begin(const LaunchConfig& config, std::size_t touched_bytes,
                              CUstream stream);
  void end(Sample sample, CUstream stream);
  // The shortest of the last few; nullopt before the first is done.
  // Asking the driver costs as much as a short kernel, so it is asked now and then only.
  std::optional<double> typical_us(const LaunchConfig& config, std::size_t touched_bytes);

 private:
  static constexpr std::size_t kRows = 16;
  static constexpr std::size_t kSamples = 4;
  static constexpr std::uint64_t kFirst = 3;       // launches timed at first
  static constexpr std::uint64_t kInterval = 256;  // then one in so many
  static constexpr std::uint64_t kPatience = 8;    // asked so often before the driver is

  // A size, for the thread that launches.
  struct Row {
    LaunchConfig config;
    std::size_t touched_bytes = 0;
    std::uint64_t launches = 0;
  };
  // Its samples, for whoever asks. One is under way at a time.
  struct Samples {
    std::array<double, kSamples> us{};
    std::size_t count = 0;
    CUevent start = nullptr;
    CUevent stop = nullptr;
  };
  // What is known of it, by its key: written under the mutex, read without.
  struct Published {
    std::atomic<std::uint64_t> key{0};  // 0: nothing
    std::atomic<double> us{kUnknown};
    std::atomic<bool> pending{false};  // a sample is under way
  };
  static constexpr double kUnknown = -1;

  static std::uint64_t key_of(const LaunchConfig& config, std::size_t touched_bytes);
  std::size_t row_of(const LaunchConfig& config, std::size_t touched_bytes);
  void poll(std::size_t row) SENNIT_REQUIRES(mutex_);

  const CudaContext& context_;
  const double floor_us_;

  // Of the thread that launches.
  std::array<Row, kRows> rows_;
  std::size_t used_ = 0;
  std::size_t last_ = 0;  // the row that was found last: mostly the one wanted next
  std::size_t next_ = 0;  // the row to replace, once all are used

  std::array<Published, kRows> published_;
  std::atomic<std::uint64_t> asked_{0};  // in vain

  Mutex mutex_;
  std::array<Samples, kRows> samples_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit::cuda
