// backend/cpu/cpu_backend.h: CUDA C++ kernels on the cores of this machine.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "backend/backend.h"
#include "backend/cpu/cpu_device.h"

namespace sennit::cpu {

// Has one device. Each instance has a worker pool of its own.
class CpuBackend final : public Backend {
 public:
  CpuBackend();

  std::string_view name() const override { return "cpu"; }
  std::span<Device* const> devices() override { return {&device_pointer_, 1}; }
  Image compile(const CompileRequest& request, const Device& device) override;
  std::string compiler_key() const override;

 private:
  CpuDevice device_;
  Device* const device_pointer_ = &device_;
};

}  // namespace sennit::cpu
