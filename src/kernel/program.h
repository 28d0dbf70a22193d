// kernel/program.h: one source, compiled at most once for each architecture and loaded at most
// once on each device; or code that another compiler made, loaded likewise.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"
#include "base/error.h"
#include "base/mutex.h"
#include "kernel/binary_cache.h"

namespace sennit {

// Any thread. Compiling and loading take milliseconds to seconds: never under the scheduler's lock.
class Program {
 public:
  // `request.names` are all kernels that will be asked for. `devices` in the runtime's order; they,
  // `backend` and `cache` (null: none) outlive the program.
  Program(CompileRequest request, Backend& backend, std::span<Device* const> devices,
          BinaryCache* cache);
  // Code that is compiled already, for all of the devices.
  Program(Image code, std::string name, Backend& backend, std::span<Device* const> devices);

  const CompileRequest& request() const { return request_; }
  std::size_t device_count() const { return devices_.size(); }
  const Device& device(int ordinal) const { return *devices_[static_cast<std::size_t>(ordinal)]; }

  // The module on a device. The first call compiles and loads; others for the same device wait
  // for it. What the compiler refuses is raised at every call, without compiling again.
  Module& module(int device);
  // What the code of `kernel` does to memory, compiled for the first device if it is not yet;
  // nullopt if the backend cannot tell. Raises as `module` does.
  std::optional<KernelAccess> access(std::string_view kernel);
  // The code for the first device as text (PTX), compiled if it is not yet; empty if the backend
  // has none. Raises as `module` does.
  std::string assembly();
  // The compiler's warnings for a device; empty before `module`.
  std::string log(int device);

 private:
  // All devices of one architecture.
  struct Target {
    std::string architecture;
    Mutex mutex;
    // Guarded by mutex, which is held while compiling: that is what makes others wait.
    std::optional<Image> image SENNIT_GUARDED_BY(mutex);
    bool from_cache SENNIT_GUARDED_BY(mutex) = false;
    std::optional<Error> refusal SENNIT_GUARDED_BY(mutex);
  };
  struct Slot {
    Target* target = nullptr;
    Mutex mutex;
    std::unique_ptr<Module> module SENNIT_GUARDED_BY(mutex);
  };

  const Image& image(Target& target, Device& device) SENNIT_REQUIRES(target.mutex);
  void compile(Target& target, Device& device) SENNIT_REQUIRES(target.mutex);
  std::unique_ptr<Module> load(Target& target, Device& device);
  Slot& slot(int device);
  std::optional<CacheKey> cache_key(const Target& target) const;

  // Constant after construction.
  const CompileRequest request_;
  Backend& backend_;
  const std::vector<Device*> devices_;
  BinaryCache* const cache_;
  std::vector<std::unique_ptr<Target>> targets_;
  std::vector<std::unique_ptr<Slot>> slots_;  // one for each device
};

}  // namespace sennit
