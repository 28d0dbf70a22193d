// runtime/runtime_kernel.h: a kernel as the scheduler and the user see it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "sched/operation.h"

namespace sennit {

struct KernelRequest {
  std::string source;     // CUDA C++
  std::string name;       // a name expression: "scale<float, 4>"
  std::string signature;  // empty: found in the source
  std::string source_name = "kernel.cu";
  std::vector<std::string> options;  // NVRTC's
};

// Any thread. Outlived by its runtime.
class RuntimeKernel final : public FunctionSource {
 public:
  RuntimeKernel(std::shared_ptr<Program> program, std::string name, Signature signature);

  const char* label() const { return label_; }  // the name, interned
  const Signature& signature() const { return kernel_.signature(); }
  const std::string& signature_text() const { return signature_text_; }
  std::uint64_t launch_count() const { return launches_.load(std::memory_order_relaxed); }
  void count_launch() { launches_.fetch_add(1, std::memory_order_relaxed); }

  // Raises InvalidArgument if no device of the runtime can take the configuration.
  void check(const LaunchConfig& config) const;

  Function* find(int device) const override { return kernel_.find(device); }
  void load(int device) override { kernel_.load(device); }

 private:
  Kernel kernel_;
  const char* const label_;
  const std::string signature_text_;
  std::atomic<std::uint64_t> launches_{0};
};

}  // namespace sennit
