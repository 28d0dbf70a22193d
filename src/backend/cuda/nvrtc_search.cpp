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

// Files to try, best first; a name without '/' is the loader's to find.
std::vector<std::string> candidates(const NvrtcSearch& search) {
  if (!search.library.empty()) return {search.library};
  std::vector<std::string> files;
  const auto in_folder = [&](const std::string& folder) {
    for (const char* name : kNames) {
      std::error_code ignored;
      if (fs::exists(folder + "/" + name, ignored)) files.push_back(folder + "/" + name);
    }
  };
  for (const char* name : kNames) {
    if (void* loaded = ::dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) {
      ::dlclose(loaded);  // the reference, not the library
      files.emplace_back(name);
    }
  }
  // Python's wheels: libsennit lies in site-packages/sennit, they in site-packages/nvidia.
  const std::string packages =
      SharedLibrary::folder_of(reinterpret_cast<const void*>(&Nvrtc::open)) + "/..";
  in_folder(packages + "/nvidia/cu13/lib");
  in_folder(packages + "/nvidia/cuda_nvrtc/lib");
  if (!search.cuda_home.empty()) {
    in_folder(search.cuda_home + "/lib64");
    in_folder(search.cuda_home + "/lib");
    in_folder(search.cuda_home + "/targets/x86_64-linux/lib");
  }
  files.insert(files.end(), std::begin(kNames), std::end(kNames));
  return files;
}

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

std::unique_ptr<Nvrtc> find(const NvrtcSearch& search, int driver_version) {
  std::string tried;
  for (const std::string& file : candidates(search)) {
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

const Nvrtc& Nvrtc::open(const NvrtcSearch& search, int driver_version) {
  static Mutex& mutex = *new Mutex;
  static auto& opened = *new std::map<std::string, std::unique_ptr<Nvrtc>>;
  const Lock lock(mutex);
  std::unique_ptr<Nvrtc>& nvrtc =
      opened[format("{}|{}|{}", search.library, search.cuda_home, driver_version / 1000)];
  if (!nvrtc) nvrtc = find(search, driver_version);
  return *nvrtc;
}

}  // namespace sennit::cuda
