// base/shared_library.h: a library opened at run time.
#pragma once

#include <string>
#include <utility>

namespace sennit {

// Opens with RTLD_NOW | RTLD_LOCAL and is never closed: code of it may still run at exit.
class SharedLibrary {
 public:
  SharedLibrary() = default;
  // Raises Unavailable with the loader's message.
  static SharedLibrary open(const std::string& path);
  // An empty one if the loader refuses; `reason` then says why.
  static SharedLibrary try_open(const std::string& path, std::string* reason = nullptr);

  explicit operator bool() const { return handle_ != nullptr; }
  const std::string& path() const { return path_; }
  // nullptr if there is none.
  void* symbol(const char* name) const;
  template <typename FunctionPointer>
  FunctionPointer function(const char* name) const {
    return reinterpret_cast<FunctionPointer>(symbol(name));
  }

  // The folder of the shared object (or program) that contains `address`, without a trailing '/'.
  static std::string folder_of(const void* address);

 private:
  SharedLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void* handle_ = nullptr;
  std::string path_;
};

}  // namespace sennit
