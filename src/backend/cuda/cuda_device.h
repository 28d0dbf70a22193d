// backend/cuda/cuda_device.h: one GPU.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"
#include "backend/cuda/cuda_memory.h"
#include "backend/cuda/cuda_stream.h"
#include "backend/cuda/pinned_pool.h"
#include "backend/cuda/timing_log.h"

namespace sennit::cuda {

class CudaDevice final : public Device {
 public:
  CudaDevice(const Driver& driver, CUdevice device, std::size_t pinned_budget_bytes,
             SubmitThread submit_thread);
  ~CudaDevice() override;

  const DeviceInfo& info() const override { return info_; }
  std::unique_ptr<Stream> create_stream() override;
  std::unique_ptr<Event> create_event() override;
  std::unique_ptr<Graph> create_graph() override;
  std::unique_ptr<Allocation> allocate(std::size_t bytes) override;
  std::unique_ptr<Allocation> allocate_host(std::size_t bytes) override;
  std::unique_ptr<Module> load(const Image& image) override;
  std::optional<Failure> take_failure() override { return context_.take_failure(); }
  double now_us() const override { return host_clock_us(); }
  void record_timings(bool on) override { timings_.record(on); }
  void take_timings(std::vector<Timing>& out) override { timings_.take(out); }
  void record_outside(NativeStream stream, Event& event) override;
  void wait_outside(NativeStream stream, const Event& event) override;
  NativeStream lent_stream() override;
  bool can_use(const void* address) const override;
  void trim() override;
  std::optional<int> cuda_attribute(int number) const override;
  std::optional<std::size_t> free_memory_bytes() const override;

  const CudaContext& context() const { return context_; }
  // Compute capability, as 90 for 9.0.
  int capability() const { return capability_; }
  // Copies to and from these go directly where the machine can.
  void connect(const std::vector<CudaDevice*>& others);

 private:
  int attribute(CUdevice_attribute which) const;
  DeviceInfo describe() const;
  CUstream outside(NativeStream stream) const;

  CudaContext context_;
  int capability_ = 0;
  DeviceInfo info_;
  DevicePool memory_;
  PinnedPool pinned_;
  TimingLog timings_;
  BuiltinKernels builtins_;
  SubmissionQueue submissions_;
  const DeviceServices services_;
  std::once_flag lent_once_;
  std::unique_ptr<CudaStream> lent_;  // once somebody asks for it
  std::once_flag floor_measured_;
  double floor_us_ = 0;  // what timed events show around a kernel that does nothing
};

}  // namespace sennit::cuda
