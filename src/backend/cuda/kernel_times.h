// backend/cuda/kernel_times.h: how long launches of one kernel took, from a few that were timed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"

namespace sennit::cuda {

// A pair of events around a launch costs more than many kernels run for, so only the first launches
// of each size are timed, and one in a few hundred after them. Used under the scheduler's lock.
class KernelTimes {
 public:
  // `floor_us`: what the events show around work that takes no time.
  KernelTimes(const CudaContext& context, double floor_us)
      : context_(context), floor_us_(floor_us) {}
  ~KernelTimes();
  KernelTimes(const KernelTimes&) = delete;
  KernelTimes& operator=(const KernelTimes&) = delete;

  // Called around a launch: records the events if this one is to be timed.
  bool begin(const LaunchConfig& config, std::size_t touched_bytes, CUstream stream);
  void end(CUstream stream);
  // The shortest of the last few; nullopt before the first is done.
  // Asking the driver costs as much as a short kernel, so it is asked now and then only.
  std::optional<double> typical_us(const LaunchConfig& config, std::size_t touched_bytes);

 private:
  static constexpr std::size_t kRows = 16;
  static constexpr std::size_t kSamples = 4;
  static constexpr std::uint64_t kFirst = 3;       // launches timed at first
  static constexpr std::uint64_t kInterval = 256;  // then one in so many
  static constexpr std::uint64_t kPatience = 8;    // asked so often before the driver is

  struct Row {
    LaunchConfig config;
    std::size_t touched_bytes = 0;
    std::uint64_t launches = 0;
    std::array<double, kSamples> samples_us{};
    std::size_t sample_count = 0;
    // One sample at a time is under way.
    CUevent start = nullptr;
    CUevent stop = nullptr;
    bool pending = false;
    std::uint64_t asked = 0;  // while pending
  };

  Row* find(const LaunchConfig& config, std::size_t touched_bytes);
  void poll(Row& row);

  const CudaContext& context_;
  const double floor_us_;
  std::array<Row, kRows> rows_;
  std::size_t used_ = 0;
  std::size_t last_ = 0;  // the row that was found last: mostly the one wanted next
  std::size_t next_ = 0;  // the row to replace, once all are used
};

}  // namespace sennit::cuda
