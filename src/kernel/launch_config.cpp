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

// Nearly every launch passes here: in a few instructions.
bool within(const Dim3& given, const Dim3& limit) {
  return given.x - 1 < limit.x && given.y - 1 < limit.y && given.z - 1 < limit.z;
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

void check_cluster(const LaunchConfig& config, const DeviceInfo& device, std::string_view kernel) {
  if (device.max_cluster.count() == 1) {
    raise(ErrorCode::Unsupported,
          format("launch '{}': {} ({}) has no clusters of blocks; leave the cluster out", kernel,
                 device.name, device.architecture));
  }
  check_extents("cluster", config.cluster, device.max_cluster, device, kernel);
  if (config.cluster.count() > device.max_cluster.x) {
    refuse(kernel, format("a cluster of {} has {} blocks; {} takes {}", shown(config.cluster),
                          config.cluster.count(), device.name, device.max_cluster.x));
  }
  if (config.grid.x % config.cluster.x != 0 || config.grid.y % config.cluster.y != 0 ||
      config.grid.z % config.cluster.z != 0) {
    refuse(kernel, format("a grid of {} is no whole number of clusters of {}", shown(config.grid),
                          shown(config.cluster)));
  }
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
  if (!within(config.grid, device.max_grid)) {
    check_extents("grid", config.grid, device.max_grid, device, kernel);
  }
  if (!within(config.block, device.max_block)) {
    check_extents("block", config.block, device.max_block, device, kernel);
  }
  check_threads(config.block, device.max_threads_per_block, device.name, kernel);
  if (config.cluster != Dim3{}) check_cluster(config, device, kernel);
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
