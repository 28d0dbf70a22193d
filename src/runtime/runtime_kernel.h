// runtime/runtime_kernel.h: a kernel as the scheduler and the user see it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/access.h"
#include "base/mutex.h"
#include "kernel/kernel.h"
#include "memory/storage.h"
#include "sched/operation.h"

namespace sennit {

struct KernelRequest {
  std::string source;               // CUDA C++; or else
  std::span<const std::byte> code;  // PTX, a cubin or a fatbin
  std::string name;       // a name expression: "scale<float, 4>"; in code, the kernel's symbol
  std::string signature;  // empty: found in the source
  SignatureDialect dialect = SignatureDialect::Sennit;  // of the signature
  std::string source_name = "kernel.cu";
  std::vector<std::string> options;  // NVRTC's
};

// Any thread. Outlived by its runtime.
class RuntimeKernel final : public FunctionSource {
 public:
  RuntimeKernel(std::shared_ptr<Program> program, std::string name, Signature declared,
                DeclaredBy declared_by);

  const char* label() const { return label_; }  // the name, interned
  // As declared, and as the code shows after `resolve`; see Kernel.
  const KernelFacts& facts() const { return kernel_.facts(); }
  const KernelFacts& resolve() { return kernel_.resolve(); }
  std::uint64_t launch_count() const { return launches_.load(std::memory_order_relaxed); }
  void count_launch() { launches_.fetch_add(1, std::memory_order_relaxed); }

  // Raises InvalidArgument if no device of the runtime can take the configuration.
  void check(const LaunchConfig& config) const;

  // The array is kept, and is read and written by every launch from now on.
  void add_variable(std::string name, std::shared_ptr<Storage> storage);
  std::shared_ptr<Storage> find_variable(std::string_view name);
  // What a launch does beside what its arguments say. One acquiring load for most kernels.
  void add_variable_accesses(std::vector<Access>& accesses) {
    if (has_variables_.load(std::memory_order_acquire)) [[unlikely]]
      merge_variables(accesses);
  }

  // What stands for the variables that the kernel writes, made by `make` at the first call.
  template <typename Make>
  const Storage& state(Make make) {
    const Lock lock(mutex_);
    if (!state_) state_ = make();
    return *state_;
  }

  const std::shared_ptr<Program>& program() const { return kernel_.shared_program(); }
  Function* find(int device) const override { return kernel_.find(device); }
  void load(int device) override { kernel_.load(device); }

 private:
  void merge_variables(std::vector<Access>& accesses);

  Kernel kernel_;
  const char* const label_;
  std::atomic<std::uint64_t> launches_{0};
  std::atomic<bool> has_variables_{false};
  Mutex mutex_;
  std::shared_ptr<Storage> state_ SENNIT_GUARDED_BY(mutex_);
  std::map<std::string, std::shared_ptr<Storage>, std::less<>> variables_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit
