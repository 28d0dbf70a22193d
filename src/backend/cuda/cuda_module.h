// backend/cuda/cuda_module.h: machine code loaded on one GPU, and its kernels.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"
#include "backend/cuda/cuda_image.h"
#include "backend/cuda/kernel_times.h"

namespace sennit::cuda {

class CudaFunction final : public Function {
 public:
  CudaFunction(const CudaContext& context, CUfunction handle, std::string name, double floor_us,
               bool waits_first);

  const FunctionInfo& info() const override { return info_; }
  std::optional<double> typical_us(const LaunchConfig& config,
                                   std::size_t touched_bytes) const override {
    return times_.typical_us(config, touched_bytes);
  }

  CUfunction handle() const { return handle_; }
  // The loaded machine code waits for the grids in front before it does anything (sass.h), so that
  // a launch behind another such kernel need not be held back.
  bool waits_first() const { return waits_first_; }
  KernelTimes& times() { return times_; }
  // Asks for more than 48 KiB of dynamic shared memory, which a kernel gets only if it was said
  // before. Called with the launch's stream lock held; once for each new maximum.
  void reserve_shared(std::uint32_t bytes) {
    if (bytes > reserved_shared_) raise_shared_limit(bytes);
  }
  // Clusters of more than 8 blocks are allowed on request only.
  void allow_large_cluster();

 private:
  std::optional<std::vector<ParameterPlace>> parameters() const;
  void raise_shared_limit(std::uint32_t bytes);

  const CudaContext& context_;
  const CUfunction handle_;
  const bool waits_first_;
  FunctionInfo info_;
  std::uint32_t reserved_shared_ = 48 * 1024;
  bool large_cluster_ = false;
  mutable KernelTimes times_;
};

// Loaded whole when it is made: code that the driver loads at a first launch can stall the device.
class CudaModule final : public Module {
 public:
  CudaModule(const CudaContext& context, const Image& image, double floor_us);
  ~CudaModule() override;

  Function& function(std::string_view name) override;
  std::optional<ModuleVariable> variable(std::string_view name) override;

 private:
  std::string lowered(std::string_view name) const;
  std::vector<std::string> known() const;
  void load(const CudaImage& code);
  void load_all() const;

  const CudaContext& context_;
  const double floor_us_;
  std::vector<std::pair<std::string, std::string>> names_;
  std::set<std::string, std::less<>> waiting_;  // kernels that wait first, by symbol
  CUmodule module_ = nullptr;
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<CudaFunction>, std::less<>> functions_
      SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit::cuda
