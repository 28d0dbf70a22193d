// backend/cuda/builtin_kernels.h: kernels of our own, for what the driver does slowly or not at
// all.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"
#include "base/mutex.h"

namespace sennit::cuda {

// A launch in the driver's terms; `parameters` points into the object itself.
struct BuiltinLaunch {
  CUfunction function = nullptr;
  unsigned blocks = 1;
  unsigned threads = 1;
  std::array<std::uint64_t, 4> values{};
  std::array<void*, 4> pointers() { return {&values[0], &values[1], &values[2], &values[3]}; }
};

// Loaded at the first use, from PTX that any device takes. Any thread.
class BuiltinKernels {
 public:
  explicit BuiltinKernels(const CudaContext& context) : context_(context) {}
  ~BuiltinKernels();
  BuiltinKernels(const BuiltinKernels&) = delete;
  BuiltinKernels& operator=(const BuiltinKernels&) = delete;

  // Takes a millisecond; the others do so too if it was not called.
  void load();
  // A fill whose pattern has 8 or 16 bytes: the driver's memset in columns is 600 times slower.
  BuiltinLaunch fill(const FillCommand& command);
  // What events show around a kernel that does nothing, microseconds.
  double measure_floor_us();

 private:
  const CudaContext& context_;
  Mutex mutex_;
  CUmodule module_ SENNIT_GUARDED_BY(mutex_) = nullptr;
  std::atomic<CUfunction> fill_words_{nullptr};
};

}  // namespace sennit::cuda
