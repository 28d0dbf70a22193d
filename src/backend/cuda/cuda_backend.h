// backend/cuda/cuda_backend.h: NVIDIA GPUs. Nothing of CUDA is needed to build.
//
//   driver.*        the driver API, opened at run time      nvrtc*.*   the compiler, likewise
//   cuda_context.*  a primary context and its health        cuda_module.*  code and kernels
//   cuda_stream.*   streams and events                      cuda_graph.*   graphs
//   cuda_memory.*   device memory                           pinned_pool.*  host memory
//   submission.*    which thread calls the driver
//   ptx/            reads PTX and says what its kernels do to memory
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_device.h"
#include "backend/cuda/driver.h"
#include "backend/cuda/nvrtc.h"

namespace sennit::cuda {

struct CudaOptions {
  std::string driver_library = "libcuda.so.1";
  NvrtcSearch nvrtc;
  std::size_t pinned_bytes = 0;  // 0: a quarter of the machine's memory
  SubmitThread submit_thread = SubmitThread::InBursts;
};

class CudaBackend final : public Backend {
 public:
  // Raises Unavailable if there is no usable driver or device. NVRTC is looked for at the first
  // compilation: programs that bring compiled kernels need none.
  explicit CudaBackend(CudaOptions options = {});

  std::string_view name() const override { return "cuda"; }
  std::span<Device* const> devices() override { return pointers_; }
  Image compile(const CompileRequest& request, const Device& device) override;
  Image adopt_code(std::span<const std::byte> code) const override;
  std::string compiler_key() const override;
  std::string assembly(const Image& image) const override;

  const Driver& driver() const { return driver_; }
  CudaDevice& device(int ordinal) { return *devices_[static_cast<std::size_t>(ordinal)]; }

 private:
  const Nvrtc& nvrtc() const { return Nvrtc::open(options_.nvrtc, driver_.version); }
  // What the kernels of `ptx` do to memory; empty, and a warning once, if it cannot be read.
  // `names`: name expressions with their symbols. `what` is the code's name in the warning.
  std::vector<KernelAccess> access_of(const std::string& ptx,
                                      std::span<const std::pair<std::string, std::string>> names,
                                      std::string_view what) const;

  const CudaOptions options_;
  const Driver& driver_;
  std::vector<std::unique_ptr<CudaDevice>> devices_;
  std::vector<Device*> pointers_;
  mutable std::atomic<bool> warned_ = false;  // of code that cannot be read
};

}  // namespace sennit::cuda
