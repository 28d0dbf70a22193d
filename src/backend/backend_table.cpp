// backend/backend_table.cpp: the table of backends, and how those in plug-ins are opened.
#include "backend/backend_table.h"

#include <filesystem>
#include <map>
#include <vector>

#include "backend/cuda/cuda_backend.h"
#include "backend/plugin.h"
#include "backend/virtual/null_backend.h"
#include "backend/virtual/virtual_backend.h"
#include "base/error.h"
#include "base/mutex.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace sennit {
namespace {

std::unique_ptr<Backend> open_virtual(const BackendOptions& options) {
  VirtualOptions virtual_options;
  if (!options.virtual_machine.empty()) {
    virtual_options.machine = VirtualMachine::read_file(options.virtual_machine);
  }
  virtual_options.seed = options.virtual_seed;
  return std::make_unique<VirtualBackend>(std::move(virtual_options));
}

std::unique_ptr<Backend> open_null(const BackendOptions&) {
  return std::make_unique<NullBackend>();
}

// The folders of `path`, then the one that this code was loaded from.
std::vector<std::string> plugin_folders(std::string_view path) {
  std::vector<std::string> folders;
  while (!path.empty()) {
    const std::size_t end = path.find(':');
    if (end != 0) folders.emplace_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
  }
  folders.push_back(SharedLibrary::folder_of(reinterpret_cast<const void*>(&find_backend)));
  return folders;
}

// Opens `file` in the first of the folders that has it. `package` says where to get it from.
SharedLibrary open_plugin_library(const std::string& file, const std::vector<std::string>& folders,
                                  std::string_view package) {
  for (const std::string& folder : folders) {
    const std::string path = folder + "/" + file;
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return SharedLibrary::open(path);
  }
  raise(ErrorCode::Unavailable,
        format("{} not found in {}; {}, or name its folder in the option plugin_path", file,
               join(folders), package));
}

// A plug-in stays loaded for the life of the process, and is looked for once it is needed.
PluginOpen plugin(const std::string& file, const BackendOptions& options,
                  std::string_view package) {
  static Mutex& mutex = *new Mutex;
  static auto& opened = *new std::map<std::string, PluginOpen>;  // by path
  const std::vector<std::string> folders = plugin_folders(options.plugin_path);
  Lock lock(mutex);
  const SharedLibrary library = open_plugin_library(file, folders, package);
  PluginOpen& open = opened[library.path()];
  if (open != nullptr) return open;
  open = library.function<PluginOpen>(kPluginOpenSymbol);
  if (open == nullptr) {
    raise(ErrorCode::Unavailable,
          format("'{}' has no function {}; it is no plug-in of sennit, or of another version: "
                 "install both from the same one",
                 library.path(), kPluginOpenSymbol));
  }
  return open;
}

std::unique_ptr<Backend> open_cpu(const BackendOptions& options) {
  const PluginOpen open = plugin(
      "libsennit-cpu.so", options,
      "install sennit's CPU backend beside libsennit.so (CMake builds it with SENNIT_CPU=ON)");
  return std::unique_ptr<Backend>(open(kPluginAbi));
}

std::unique_ptr<Backend> open_cuda(const BackendOptions& options) {
  cuda::CudaOptions cuda;
  cuda.driver_library = options.cuda_driver;
  cuda.toolkit = {options.nvrtc_library, options.cuda_home, options.nvjitlink_library};
  cuda.early_launch = options.early_launch;
  cuda.pinned_bytes = options.pinned_bytes;
  cuda.submit_thread = cuda::submit_thread(options.submit_thread);
  return std::make_unique<cuda::CudaBackend>(std::move(cuda));
}

// To add a backend: one line here, and its folder beside `virtual/`.
constexpr BackendInfo kBackends[] = {
    {"cuda", "NVIDIA GPUs, through the driver and NVRTC that this machine has", open_cuda},
    {"cpu", "the processor; kernels are compiled for it in this process", open_cpu},
    {"virtual", "a simulated machine with a clock; kernels are host functions", open_virtual},
    {"null", "counts commands and runs none, to measure the runtime itself", open_null},
};

}  // namespace

std::span<const BackendInfo> backends() { return kBackends; }

const BackendInfo& find_backend(std::string_view name) {
  std::vector<std::string_view> known;
  for (const BackendInfo& backend : kBackends) {
    if (backend.name == name) return backend;
    known.push_back(backend.name);
  }
  raise(ErrorCode::InvalidArgument,
        format("no backend is called '{}'; known: {}", name, join(known)));
}

}  // namespace sennit
