// backend/cuda/cuda_context.h: the primary context of one GPU, shared with the whole process, and
// what is known of its health.
#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "backend/cuda/driver.h"
#include "base/mutex.h"

namespace sennit::cuda {

// Any thread.
class CudaContext {
 public:
  // Retains the primary context, which other libraries of the process (the CUDA runtime, CuPy,
  // PyTorch) use too. Raises what the driver says.
  CudaContext(const Driver& driver, CUdevice device);
  ~CudaContext();
  CudaContext(const CudaContext&) = delete;
  CudaContext& operator=(const CudaContext&) = delete;

  const Driver& driver() const { return driver_; }
  CUdevice device() const { return device_; }
  CUcontext handle() const { return context_; }
  // A fault of running work has ended the context: nothing on this device can be trusted or used.
  bool is_lost() const { return lost_.load(std::memory_order_acquire); }

  // Raises unless `result` is success; a fault of running work loses the device.
  void check(CUresult result, std::string_view doing) const {
    if (result != CUDA_SUCCESS) [[unlikely]]
      refuse(result, doing);
  }
  // Notes a fault of running work, once. Other results are ignored.
  void note(CUresult result) const;
  // A host call that threw.
  void add_failure(CommandTag tag, Error error) const;
  std::optional<Failure> take_failure();
  [[noreturn]] void refuse(CUresult result, std::string_view doing) const;

 private:
  const Driver& driver_;
  const CUdevice device_;
  CUcontext context_ = nullptr;

  mutable std::atomic<bool> lost_{false};
  mutable std::atomic<bool> any_failure_{false};
  mutable Mutex mutex_;
  mutable std::string reason_ SENNIT_GUARDED_BY(mutex_);  // why it is lost
  mutable std::deque<Failure> failures_ SENNIT_GUARDED_BY(mutex_);
};

// Makes a context the calling thread's current one, as every call of the driver wants it, and puts
// another library's back at the end. A thread that had none keeps ours: that saves the next call
// two.
class Current {
 public:
  explicit Current(const CudaContext& context) : driver_(context.driver()) {
    CUcontext now = nullptr;
    driver_.cuCtxGetCurrent(&now);
    if (now == context.handle()) return;
    context.check(driver_.cuCtxSetCurrent(context.handle()), "making a CUDA context current");
    previous_ = now;
  }
  ~Current() {
    if (previous_ != nullptr) driver_.cuCtxSetCurrent(previous_);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

 private:
  const Driver& driver_;
  CUcontext previous_ = nullptr;
};

// For calls that the driver forbids while anybody in the process captures a stream, and punishes
// by spoiling that capture: ours have nothing to do with it, and this says so.
class Relaxed {
 public:
  explicit Relaxed(const CudaContext& context) : driver_(context.driver()) {
    driver_.cuThreadExchangeStreamCaptureMode(&mode_);
  }
  ~Relaxed() { driver_.cuThreadExchangeStreamCaptureMode(&mode_); }
  Relaxed(const Relaxed&) = delete;
  Relaxed& operator=(const Relaxed&) = delete;

 private:
  const Driver& driver_;
  CUstreamCaptureMode mode_ = CU_STREAM_CAPTURE_MODE_RELAXED;  // then the thread's own
};

}  // namespace sennit::cuda
