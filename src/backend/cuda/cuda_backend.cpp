// backend/cuda/cuda_backend.cpp: finds GPUs and compiles for them.
#include "backend/cuda/cuda_backend.h"

#include "backend/cuda/cuda_image.h"
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
  return {write_image(compiled), std::move(compiled.log), {}};
}

Image CudaBackend::adopt_code(std::span<const std::byte> code) const {
  CudaImage::read(code);  // refuses what is no code
  return {{code.begin(), code.end()}, "", {}};
}

std::string CudaBackend::compiler_key() const {
  const Nvrtc& compiler = nvrtc();
  return format("nvrtc {}.{} {}", compiler.major, compiler.minor, join(compiler.include_dirs, ":"));
}

}  // namespace sennit::cuda
