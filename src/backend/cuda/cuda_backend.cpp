// backend/cuda/cuda_backend.cpp: finds GPUs and compiles for them.
#include "backend/cuda/cuda_backend.h"

#include <cctype>

#include "backend/cuda/driver_linker.h"
#include "backend/cuda/nvjitlink.h"
#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/parser.h"
#include "base/log.h"
#include "base/text.h"

namespace sennit::cuda {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;  // expressions, symbols

// By each expression that names a kernel, and by its symbol if none does.
std::vector<KernelAccess> named_access(std::vector<KernelAccess> found, const Names& names) {
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

}  // namespace

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
  const Nvrtc& compiler = nvrtc();
  const auto& target = static_cast<const CudaDevice&>(device);
  NvrtcResult compiled = compiler.compile(request.source, request.source_name, request.names,
                                          request.options, target.capability());
  CudaImage code{std::move(compiled.names), compiled.cubin, std::move(compiled.ptx), {}};
  Image image{{}, std::move(compiled.log), {}};
  std::optional<ptx::Module> module = read_ptx(code, request.source_name, image.access);
  std::vector<std::byte> cubin;
  const auto options = assembler_options(request.options);
  if (module && options) cubin = make_wait(code, std::move(*module), *options, target, &compiler);
  image.bytes = write_image(code);
  return image;
}

Image CudaBackend::adopt_code(std::span<const std::byte> bytes) const {
  Image image{{bytes.begin(), bytes.end()}, "", {}};
  CudaImage code = CudaImage::read(bytes);  // refuses what is no code
  std::optional<ptx::Module> module = read_ptx(code, "kernel code", image.access);
  // Machine code that comes along with PTX is what its owner wants to run.
  if (!module || !code.cubin.empty()) return image;
  const std::vector<std::byte> cubin =
      make_wait(code, std::move(*module), {}, *devices_.front(), nullptr);
  if (!cubin.empty()) image.bytes = write_image(code);
  return image;
}

std::vector<std::byte> CudaBackend::make_wait(CudaImage& code, ptx::Module module,
                                              std::span<const std::string> options,
                                              const CudaDevice& device,
                                              const Nvrtc* compiler) const {
  if (!options_.early_launch) return {};
  std::optional<WaitingPtx> waiting = with_waits(std::move(module));
  if (!waiting) return {};
  std::vector<std::byte> cubin = assemble(*waiting, options, device, compiler);
  if (!cubin.empty()) {
    code.cubin = cubin;
    code.waiting = std::move(waiting->kernels);
  }
  return cubin;
}

std::vector<std::byte> CudaBackend::assemble(const WaitingPtx& waiting,
                                             std::span<const std::string> options,
                                             const CudaDevice& device,
                                             const Nvrtc* compiler) const {
  const std::string own = device.info().architecture;
  // Code for sm_90a runs on no other device, code for sm_90 on newer ones, too.
  const bool only_there = std::isalpha(static_cast<unsigned char>(waiting.target.back())) != 0;
  const std::string_view number = std::string_view(waiting.target).substr(0, own.size());
  if (only_there ? number != own
                 : std::pair(waiting.target.size(), waiting.target) > std::pair(own.size(), own)) {
    return {};
  }
  const std::string& architecture = only_there ? waiting.target : own;
  std::string refusal;
  std::vector<std::byte> cubin;
  if (const NvJitLink* linker = NvJitLink::find(options_.toolkit, driver_.version, compiler)) {
    cubin = linker->assemble(waiting.ptx, architecture, options, refusal);
  }
  if (cubin.empty() && options.empty()) cubin = assemble_by_driver(device.context(), waiting.ptx);
  if (cubin.empty()) {
    log(LogLevel::Info, "kernels are launched one after the other: no assembler for {}{}{}",
        architecture, refusal.empty() ? "" : ": ", refusal);
  }
  return cubin;
}

// To a kernel that is not listed everything may happen: code that cannot be read still runs.
std::optional<ptx::Module> CudaBackend::read_ptx(const CudaImage& code, std::string_view what,
                                                 std::vector<KernelAccess>& access) const {
  try {
    if (!code.ptx.empty()) {
      ptx::Module module = ptx::parse(code.ptx);
      access = named_access(ptx::infer_access(module), code.names);
      return module;
    }
    if (!warned_.exchange(true)) {
      log(LogLevel::Warning,
          "machine code alone does not say what its kernels do to their arguments: every array is "
          "taken to be read and written unless a signature says otherwise; PTX beside it would");
    }
  } catch (const Error& error) {
    if (!warned_.exchange(true)) {
      log(LogLevel::Warning,
          "what the kernels of {} do to their arguments is not known: {}; every array is taken to "
          "be read and written",
          what, error.message());
    }
  }
  return std::nullopt;
}

std::string CudaBackend::assembly(const Image& image) const {
  return CudaImage::read(image.bytes).ptx;
}

std::string CudaBackend::compiler_key() const {
  const Nvrtc& compiler = nvrtc();
  std::string key = format("image 2, nvrtc {}.{} {}", compiler.major, compiler.minor,
                           join(compiler.include_dirs, ":"));
  if (!options_.early_launch) return key;
  const NvJitLink* linker = NvJitLink::find(options_.toolkit, driver_.version, &compiler);
  return key + (linker != nullptr ? ", early launch by nvjitlink"
                                  : format(", early launch by driver {}", driver_.version));
}

}  // namespace sennit::cuda
