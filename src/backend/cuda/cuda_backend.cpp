// backend/cuda/cuda_backend.cpp: finds GPUs and compiles for them.
#include "backend/cuda/cuda_backend.h"

#include "backend/cuda/cuda_image.h"
#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/parser.h"
#include "base/log.h"
#include "base/text.h"

namespace sennit::cuda {

CudaBackend::CudaBackend(CudaOptions options)
    : options_(std::move(options)), driver_(Driver::open(options_.driver_library)) {
  int count = 0;
  check(driver_, driver_.cuDeviceGetCount(&count), "counting CUDA devices");
  if (count == 0) {
    raise(ErrorCode::Unavailable,
          "the CUDA driver sees no device; is CUDA_VISIBLE_DEVICES set? Or create the runtime with "
          "device \"cpu\"");
  }
  std::vector<CudaDevice*> all;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    CUdevice device = 0;
    check(driver_, driver_.cuDeviceGet(&device, ordinal), "opening a CUDA device");
    devices_.push_back(std::make_unique<CudaDevice>(driver_, device, options_.pinned_bytes,
                                                    options_.submit_thread));
    all.push_back(devices_.back().get());
    pointers_.push_back(devices_.back().get());
  }
  for (CudaDevice* device : all) device->connect(all);
}

Image CudaBackend::compile(const CompileRequest& request, const Device& device) {
  const auto& target = static_cast<const CudaDevice&>(device);
  NvrtcResult compiled = nvrtc().compile(request.source, request.source_name, request.names,
                                         request.options, target.capability());
  return {write_image(compiled), std::move(compiled.log),
          access_of(compiled.ptx, compiled.names, request.source_name)};
}

Image CudaBackend::adopt_code(std::span<const std::byte> code) const {
  const CudaImage image = CudaImage::read(code);  // refuses what is no code
  return {{code.begin(), code.end()}, "", access_of(image.ptx, image.names, "kernel code")};
}

// To a kernel that is not listed everything may happen: code that cannot be read still runs.
std::vector<KernelAccess> CudaBackend::access_of(
    const std::string& ptx, std::span<const std::pair<std::string, std::string>> names,
    std::string_view what) const {
  std::vector<KernelAccess> found;
  if (ptx.empty()) {
    if (!warned_.exchange(true)) {
      log(LogLevel::Warning,
          "machine code alone does not say what its kernels do to their arguments: every array is "
          "taken to be read and written unless a signature says otherwise; PTX beside it would");
    }
    return {};
  }
  try {
    found = ptx::infer_access(ptx::parse(ptx));
  } catch (const Error& error) {
    if (!warned_.exchange(true)) {
      log(LogLevel::Warning,
          "what the kernels of {} do to their arguments is not known: {}; every array is taken to "
          "be read and written",
          what, error.message());
    }
    return {};
  }
  // By each expression that names it, and by its symbol if none does.
  std::vector<KernelAccess> result;
  for (KernelAccess& access : found) {
    bool named = false;
    for (const auto& [expression, lowered] : names) {
      if (lowered != access.kernel) continue;
      result.push_back(access);
      result.back().kernel = expression;
      named = true;
    }
    if (!named) result.push_back(std::move(access));
  }
  return result;
}

std::string CudaBackend::assembly(const Image& image) const {
  return CudaImage::read(image.bytes).ptx;
}

std::string CudaBackend::compiler_key() const {
  const Nvrtc& compiler = nvrtc();
  return format("nvrtc {}.{} {}", compiler.major, compiler.minor, join(compiler.include_dirs, ":"));
}

}  // namespace sennit::cuda
