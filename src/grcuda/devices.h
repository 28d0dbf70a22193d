// grcuda/devices.h: the devices of the runtime as objects: getdevices(), getdevice(k).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "grcuda/namespace.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

// The current device, which a program may choose.
class CurrentDevice {
 public:
  explicit CurrentDevice(Runtime& runtime);
  int get() const { return current_.load(std::memory_order_relaxed); }
  // Raises InvalidArgument: "the selected GPU is not valid".
  void set(std::int64_t device);
  // Where kernels are to run: on the current device, or wherever the placement policy says that
  // was chosen instead of single-gpu.
  int for_launches() const { return places_launches_ ? get() : Operation::kAnyDevice; }

 private:
  const int count_;
  const bool places_launches_;
  std::atomic<int> current_{0};
};

// All of the machine, in the order of CUDA: those that the runtime uses come first.
std::span<Device* const> all_devices(Runtime& runtime);

// CUDA's attribute `number` of the device; nullopt: not known of this kind of device.
std::optional<std::int64_t> device_attribute(const Device& device, std::int64_t number);

void add_device_functions(Namespace& root, const std::shared_ptr<Runtime>& runtime,
                          const std::shared_ptr<CurrentDevice>& current);

}  // namespace sennit::grcuda
