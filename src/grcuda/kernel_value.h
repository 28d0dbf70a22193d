// grcuda/kernel_value.h: kernels as a GrCUDA program has them: kernel(grid, block)(arguments).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grcuda/devices.h"
#include "grcuda/stream.h"
#include "grcuda/value.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

class Kernel final : public Value {
 public:
  Kernel(std::shared_ptr<Runtime> runtime, std::shared_ptr<const CurrentDevice> current,
         std::shared_ptr<RuntimeKernel> kernel)
      : runtime_(std::move(runtime)), current_(std::move(current)), kernel_(std::move(kernel)) {}

  std::string describe() const override;
  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override {
    return {"launchCount", "name", "ptx", "signature"};
  }
  std::optional<Any> member(std::string_view name) override;
  bool is_executable() const override { return true; }
  // (grid, block [, shared bytes] [, stream]): a configured kernel.
  Any call(std::span<const Any> arguments) override;

  // Returns at once. `stream`: null unless the program gave one.
  void launch(const LaunchConfig& config, Stream* stream, std::span<const Any> arguments);

 private:
  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<const CurrentDevice> current_;
  const std::shared_ptr<RuntimeKernel> kernel_;
};

// A kernel with its grid and block. Launching it yields itself, as in GrCUDA.
class ConfiguredKernel final : public Value {
 public:
  ConfiguredKernel(std::shared_ptr<Kernel> kernel, const LaunchConfig& config,
                   std::shared_ptr<Stream> stream)
      : kernel_(std::move(kernel)), config_(config), stream_(std::move(stream)) {}

  std::string describe() const override;
  bool is_executable() const override { return true; }
  Any call(std::span<const Any> arguments) override {
    kernel_->launch(config_, stream_.get(), arguments);
    return shared_from_this();
  }

 private:
  const std::shared_ptr<Kernel> kernel_;
  const LaunchConfig config_;
  const std::shared_ptr<Stream> stream_;
};

}  // namespace sennit::grcuda
