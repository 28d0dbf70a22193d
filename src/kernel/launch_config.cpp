// kernel/launch_config.cpp: checks launch configurations.

#include "kernel/launch_config.h"

#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

std::string shown(const Dim3& dim) { return format("({}, {}, {})", dim.x, dim.y, dim.z); }

[[noreturn]] void refuse(std::string_view kernel, const std::string& what) {
  raise(ErrorCode::InvalidArgument, format("launch '{}': {}", kernel, what));
}

void check_extents(std::string_view what, const Dim3& given, const Dim3& limit,
                   const DeviceInfo& device, std::string_view kernel) {
  const std::uint32_t values[] = {given.x, given.y, given.z};
  const std::uint32_t limits[] = {limit.x, limit.y, limit.z};
  for (int axis = 0; axis < 3; ++axis) {
    if (values[axis] >= 1 && values[axis] <= limits[axis]) continue;
    refuse(kernel, format("{}.{} is {}; {} takes 1 to {}", what, "xyz"[axis], values[axis],
                          device.name, limits[axis]));
  }
}

void check_threads(const Dim3& block, std::uint32_t limit, std::string_view whose,
                   std::string_view kernel) {
  if (block.count() <= limit) return;
  refuse(kernel, format("a block of {} has {} threads; {} takes {}", shown(block), block.count(),
                        whose, limit));
}

}  // namespace

Dim3 to_dim3(std::string_view what, std::span<const std::int64_t> extents) {
  if (extents.empty() || extents.size() > 3) {
    raise(ErrorCode::InvalidArgument,
          format("a {} has 1 to 3 extents, not {}", what, extents.size()));
  }
  Dim3 dim;
  std::uint32_t* const members[] = {&dim.x, &dim.y, &dim.z};
  for (std::size_t axis = 0; axis < extents.size(); ++axis) {
    const std::int64_t extent = extents[axis];
    if (extent < 1 || extent > std::numeric_limits<std::uint32_t>::max()) {
      raise(ErrorCode::InvalidArgument,
            format("{}.{} is {}; it is at least 1 and at most {}", what, "xyz"[axis], extent,
                   std::numeric_limits<std::uint32_t>::max()));
    }
    *members[axis] = static_cast<std::uint32_t>(extent);
  }
  return dim;
}

void check_launch_config(const LaunchConfig& config, const DeviceInfo& device,
                         std::string_view kernel) {
  check_extents("grid", config.grid, device.max_grid, device, kernel);
  check_extents("block", config.block, device.max_block, device, kernel);
  check_threads(config.block, device.max_threads_per_block, device.name, kernel);
  if (config.shared_bytes > device.max_shared_bytes) {
    refuse(kernel, format("{} bytes of shared memory are asked for; a block on {} has {}",
                          config.shared_bytes, device.name, device.max_shared_bytes));
  }
}

void check_launch_config(const LaunchConfig& config, const DeviceInfo& device,
                         const FunctionInfo& function) {
  check_launch_config(config, device, function.name);
  check_threads(config.block, function.max_threads_per_block, "the kernel", function.name);
  if (config.shared_bytes + function.static_shared_bytes > device.max_shared_bytes) {
    refuse(function.name,
           format("{} bytes of dynamic and {} of static shared memory are {}; a block on {} has {}",
                  config.shared_bytes, function.static_shared_bytes,
                  config.shared_bytes + function.static_shared_bytes, device.name,
                  device.max_shared_bytes));
  }
}

}  // namespace sennit
