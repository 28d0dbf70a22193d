// backend/cuda/cuda_backend.h: NVIDIA GPUs. Nothing of CUDA is needed to build.
//
//   driver.*        the driver API, opened at run time      nvrtc*.*   the compiler, likewise
//   cuda_context.*  a primary context and its health        cuda_module.*  code and kernels
//   cuda_stream.*   streams and events                      cuda_graph.*   graphs
//   cuda_memory.*   device memory                           pinned_pool.*  host memory
//   submission.*    which thread calls the driver
//   early_launch.*  kernels launched before those in front of them have ended; with sass.* and
//   nvjitlink.*, driver_linker.*  machine code of PTX
//   ptx/            reads PTX and says what its kernels do to memory
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_device.h"
#include "backend/cuda/cuda_image.h"
#include "backend/cuda/driver.h"
#include "backend/cuda/early_launch.h"
#include "backend/cuda/nvrtc.h"

namespace sennit::cuda {

struct CudaOptions {
  std::string driver_library = "libcuda.so.1";
  ToolkitSearch toolkit;
  std::size_t pinned_bytes = 0;  // 0: a quarter of the machine's memory
  SubmitThread submit_thread = SubmitThread::InBursts;
  bool early_launch = true;  // see early_launch.h
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
  const Nvrtc& nvrtc() const { return Nvrtc::open(options_.toolkit, driver_.version); }
  // The PTX of `code`, and what its kernels do to memory; nullopt, and a warning once, if it cannot
  // be read. `what` is the code's name in the warning.
  std::optional<ptx::Module> read_ptx(const CudaImage& code, std::string_view what,
                                      std::vector<KernelAccess>& access) const;
  // Has the kernels of `code` wait by themselves where they can (early_launch.h). Returns the new
  // machine code, which `code` then shows; empty: there is none, and all stays as it was.
  // `compiler`: nullptr if it is not ours.
  std::vector<std::byte> make_wait(CudaImage& code, ptx::Module module,
                                   std::span<const std::string> options, const CudaDevice& device,
                                   const Nvrtc* compiler) const;
  // Empty if nothing here can make machine code for the device of it.
  std::vector<std::byte> assemble(const WaitingPtx& waiting, std::span<const std::string> options,
                                  const CudaDevice& device, const Nvrtc* compiler) const;

  const CudaOptions options_;
  const Driver& driver_;
  std::vector<std::unique_ptr<CudaDevice>> devices_;
  std::vector<Device*> pointers_;
  mutable std::atomic<bool> warned_ = false;  // of code that cannot be read
};

}  // namespace sennit::cuda
