// benchmarks/suite/rivals/gpu.h: the device, its memory and its code, as a program on the driver
// API holds them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "backend/cuda/driver.h"

namespace suite {

// The first device, in the context that sennit uses too. Everything made here lives until it goes.
class Gpu {
 public:
  Gpu();
  ~Gpu();
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;

  const sennit::cuda::Driver& driver() const { return driver_; }
  sennit::cuda::CUcontext context() const { return context_; }
  // Raises unless `result` is success.
  void check(sennit::cuda::CUresult result, const char* doing) const {
    sennit::cuda::check(driver_, result, doing);
  }

  sennit::cuda::CUdeviceptr allocate(std::size_t bytes);  // reads as zeros
  std::byte* allocate_pinned(std::size_t bytes);
  sennit::cuda::CUstream create_stream();
  sennit::cuda::CUevent create_event(unsigned flags = sennit::cuda::CU_EVENT_DISABLE_TIMING);
  // A kernel of kernels/`file`, compiled with the options that sennit compiles with.
  sennit::cuda::CUfunction function(const std::string& file, const std::string& name);

  void sync(sennit::cuda::CUstream stream) const;

 private:
  struct Code {
    sennit::cuda::CUmodule module = nullptr;
    std::map<std::string, std::string> lowered;
  };
  const Code& code(const std::string& file);

  const sennit::cuda::Driver& driver_;
  sennit::cuda::CUdevice device_ = 0;
  sennit::cuda::CUcontext context_ = nullptr;
  sennit::cuda::CUmemoryPool pool_ = nullptr;
  sennit::cuda::CUstream housekeeping_ = nullptr;
  std::vector<sennit::cuda::CUdeviceptr> allocations_;
  std::vector<void*> pinned_;
  std::vector<sennit::cuda::CUstream> streams_;
  std::vector<sennit::cuda::CUevent> events_;
  std::map<std::string, Code> code_;
};

}  // namespace suite
