// backend/cuda/cuda_context.cpp: faults of running work, noted once and told to all.
#include "backend/cuda/cuda_context.h"

#include "base/text.h"

namespace sennit::cuda {

CudaContext::CudaContext(const Driver& driver, CUdevice device) : driver_(driver), device_(device) {
  cuda::check(driver, driver.cuDevicePrimaryCtxRetain(&context_, device),
              format("opening CUDA device {}", device));
}

CudaContext::~CudaContext() { driver_.cuDevicePrimaryCtxRelease(device_); }

void CudaContext::note(CUresult result) const {
  if (!is_sticky(result)) return;
  const Lock lock(mutex_);
  if (lost_.load(std::memory_order_relaxed)) return;
  reason_ = describe(driver_, result);
  // The driver does not say whose fault it is: tag 0.
  failures_.push_back({0, Error(ErrorCode::KernelFailed, reason_)});
  any_failure_.store(true, std::memory_order_release);
  lost_.store(true, std::memory_order_release);
}

void CudaContext::add_failure(CommandTag tag, Error error) const {
  const Lock lock(mutex_);
  failures_.push_back({tag, std::move(error)});
  any_failure_.store(true, std::memory_order_release);
}

std::optional<Failure> CudaContext::take_failure() {
  if (!any_failure_.load(std::memory_order_acquire)) return std::nullopt;
  const Lock lock(mutex_);
  if (failures_.empty()) return std::nullopt;
  Failure oldest = std::move(failures_.front());
  failures_.pop_front();
  if (failures_.empty()) any_failure_.store(false, std::memory_order_release);
  return oldest;
}

void CudaContext::refuse(CUresult result, std::string_view doing) const {
  note(result);
  if (!is_lost()) raise_result(driver_, result, doing);
  std::string reason;
  {
    const Lock lock(mutex_);
    reason = reason_;
  }
  raise(ErrorCode::DeviceLost,
        format("{}: the device is lost since earlier work on it failed ({}); results that the host "
               "has stay readable, all else needs a new process",
               doing, reason));
}

}  // namespace sennit::cuda
