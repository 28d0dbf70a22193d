// kernel/launch_config.h: what a launch's grid, blocks and shared memory may be.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "backend/backend.h"

namespace sennit {

// One to three extents as a language gives them; missing ones are 1. `what` is "grid" or "block".
// Raises InvalidArgument unless each is from 1 to 4294967295.
Dim3 to_dim3(std::string_view what, std::span<const std::int64_t> extents);

// Raises InvalidArgument that says which value is beyond which limit of the device or the kernel.
// The limit on the blocks of a cooperative launch is the backend's to check.
void check_launch_config(const LaunchConfig& config, const DeviceInfo& device,
                         const FunctionInfo& function);
// The same before the kernel is compiled: by the device's limits alone.
void check_launch_config(const LaunchConfig& config, const DeviceInfo& device,
                         std::string_view kernel);

}  // namespace sennit
