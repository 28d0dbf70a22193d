// backend/cuda/nvrtc_search.cpp: where NVRTC is, and the headers that belong to it.
#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "backend/cuda/nvrtc.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace sennit::cuda {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNames[] = {"libnvrtc.so.13", "libnvrtc.so.12"};

// CUDA's headers of the installation that `library` is part of: never of another.
std::vector<std::string> headers_of(const std::string& library) {
  std::error_code failed;
  const fs::path folder = fs::canonical(library, failed).parent_path();
  std::vector<std::string> found;
  if (failed) return found;
  const auto add_if = [&](const fs::path& include, const char* header) {
    std::error_code ignored;
    if (fs::exists(include / header, ignored)) found.push_back(fs::weakly_canonical(include));
  };
  add_if(folder / "../include", "cuda_fp16.h");                    // a toolkit, or nvidia/cu13
  add_if(folder / "../include/cccl", "cuda/std/cstdint");          // CUDA 13 keeps libcu++ there
  add_if(folder / "../../cuda_runtime/include", "cuda_fp16.h");    // wheels of CUDA 12
  add_if(folder / "../../cuda_cccl/include", "cuda/std/cstdint");  // likewise
  return found;
}

std::string path_of(const void* function, const std::string& fallback) {
  Dl_info info{};
  return ::dladdr(function, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : fallback;
}

// Why `file` will not do; empty if it does, and `nvrtc` is complete.
std::string try_load(const std::string& file, int driver_version, Nvrtc& nvrtc) {
  std::string reason;
  const SharedLibrary library = SharedLibrary::try_open(file, &reason);
  if (!library) return reason;
  std::string absent;
#define SENNIT_NVRTC_LOAD(name, type, parameters)           \
  nvrtc.name = library.function<type(*) parameters>(#name); \
  if (nvrtc.name == nullptr) absent += format(" {}", #name);
  SENNIT_NVRTC_SYMBOLS(SENNIT_NVRTC_LOAD)
#undef SENNIT_NVRTC_LOAD
  if (!absent.empty()) return format("{} lacks{}", file, absent);
  if (nvrtc.nvrtcVersion(&nvrtc.major, &nvrtc.minor) != NVRTC_SUCCESS) {
    return format("{} does not tell its version", file);
  }
  if (nvrtc.major > driver_version / 1000) {
    return format("{} is of CUDA {}.{}, newer than the driver's {}.{}", file, nvrtc.major,
                  nvrtc.minor, driver_version / 1000, driver_version % 1000 / 10);
  }
  int count = 0;
  if (nvrtc.nvrtcGetNumSupportedArchs(&count) == NVRTC_SUCCESS && count > 0) {
    nvrtc.architectures.resize(static_cast<std::size_t>(count));
    nvrtc.nvrtcGetSupportedArchs(nvrtc.architectures.data());
    std::sort(nvrtc.architectures.begin(), nvrtc.architectures.end());
  }
  nvrtc.path = path_of(reinterpret_cast<const void*>(nvrtc.nvrtcVersion), file);
  nvrtc.include_dirs = headers_of(nvrtc.path);
  // NVRTC opens its builtins by name, and a wheel's folder is not on the loader's path: have them
  // loaded, from the same place, before it looks. Where they are elsewhere it finds its own.
  const std::string folder = nvrtc.path.substr(0, nvrtc.path.rfind('/'));
  SharedLibrary::try_open(
      format("{}/libnvrtc-builtins.so.{}.{}", folder, nvrtc.major, nvrtc.minor));
  return {};
}

std::unique_ptr<Nvrtc> find(const ToolkitSearch& search, int driver_version) {
  std::string tried;
  const std::vector<std::string> files =
      search.nvrtc.empty() ? toolkit_libraries(search.cuda_home, kNames, "cuda_nvrtc")
                           : std::vector{search.nvrtc};
  for (const std::string& file : files) {
    auto nvrtc = std::make_unique<Nvrtc>();
    const std::string reason = try_load(file, driver_version, *nvrtc);
    if (reason.empty()) return nvrtc;
    tried += format("\n  {}", reason);
  }
  raise(ErrorCode::Unavailable,
        format("NVRTC, CUDA's run-time compiler, was not found; install it (pip install "
               "nvidia-cuda-nvrtc, or a CUDA toolkit with CUDA_HOME set), or name the library in "
               "the option nvrtc_library. Tried:{}",
               tried));
}

}  // namespace

const Nvrtc& Nvrtc::open(const ToolkitSearch& search, int driver_version) {
  static Mutex& mutex = *new Mutex;
  static auto& opened = *new std::map<std::string, std::unique_ptr<Nvrtc>>;
  const Lock lock(mutex);
  std::unique_ptr<Nvrtc>& nvrtc =
      opened[format("{}|{}|{}", search.nvrtc, search.cuda_home, driver_version / 1000)];
  if (!nvrtc) nvrtc = find(search, driver_version);
  return *nvrtc;
}

}  // namespace sennit::cuda
