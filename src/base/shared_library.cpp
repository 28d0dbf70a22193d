#include "base/shared_library.h"

#include <dlfcn.h>

#include "base/error.h"
#include "base/text.h"

namespace sennit {

SharedLibrary SharedLibrary::try_open(const std::string& path, std::string* reason) {
  if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return {handle, path};
  const char* said = ::dlerror();
  if (reason != nullptr) *reason = said != nullptr ? said : "no reason given";
  return {};
}

SharedLibrary SharedLibrary::open(const std::string& path) {
  std::string reason;
  SharedLibrary library = try_open(path, &reason);
  if (!library) raise(ErrorCode::Unavailable, format("cannot load '{}': {}", path, reason));
  return library;
}

void* SharedLibrary::symbol(const char* name) const {
  return handle_ != nullptr ? ::dlsym(handle_, name) : nullptr;
}

std::string SharedLibrary::folder_of(const void* address) {
  Dl_info info{};
  if (::dladdr(address, &info) == 0 || info.dli_fname == nullptr) return ".";
  const std::string path = info.dli_fname;
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

}  // namespace sennit
