// backend/cuda/toolkit_libraries.cpp: where the libraries of a CUDA toolkit may be.
#include <dlfcn.h>

#include <filesystem>

#include "backend/cuda/nvrtc.h"
#include "base/shared_library.h"
#include "base/text.h"

namespace sennit::cuda {

std::vector<std::string> toolkit_libraries(const std::string& cuda_home,
                                           std::span<const char* const> names,
                                           std::string_view wheel) {
  std::vector<std::string> files;
  const auto in_folder = [&](const std::string& folder) {
    for (const char* name : names) {
      std::error_code ignored;
      const std::string file = folder + "/" + name;
      if (std::filesystem::exists(file, ignored)) files.push_back(file);
    }
  };
  for (const char* name : names) {
    if (void* loaded = ::dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) {
      ::dlclose(loaded);  // the reference, not the library
      files.emplace_back(name);
    }
  }
  // Python's wheels: libsennit lies in site-packages/sennit, they in site-packages/nvidia.
  const std::string packages =
      SharedLibrary::folder_of(reinterpret_cast<const void*>(&toolkit_libraries)) + "/..";
  in_folder(packages + "/nvidia/cu13/lib");
  in_folder(format("{}/nvidia/{}/lib", packages, wheel));
  if (!cuda_home.empty()) {
    in_folder(cuda_home + "/lib64");
    in_folder(cuda_home + "/lib");
    in_folder(cuda_home + "/targets/x86_64-linux/lib");
  }
  files.insert(files.end(), names.begin(), names.end());
  return files;
}

}  // namespace sennit::cuda
