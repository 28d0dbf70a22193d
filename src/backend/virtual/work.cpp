// backend/virtual/work.cpp: checks commands as they are queued, and performs them.
#include "backend/virtual/work.h"

#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

void* find_variable(const void* variables, std::string_view name) {
  const auto& all = *static_cast<const VirtualFunction::Variables*>(variables);
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second->address;
}

void check_config(const LaunchConfig& config, const VirtualFunction& function,
                  const DeviceInfo& info) {
  const auto complain = [&](const std::string& what) {
    raise(ErrorCode::InvalidArgument, format("kernel '{}': {}", function.info().name, what));
  };
  const Dim3& grid = config.grid;
  const Dim3& block = config.block;
  if (grid.count() == 0 || block.count() == 0) {
    complain(format("the grid is ({}, {}, {}) and the block ({}, {}, {}); each must be at least 1",
                    grid.x, grid.y, grid.z, block.x, block.y, block.z));
  }
  if (block.count() > info.max_threads_per_block) {
    complain(format("a block of {} threads; this device allows {}", block.count(),
                    info.max_threads_per_block));
  }
  if (config.shared_bytes > info.max_shared_bytes) {
    complain(format("{} bytes of shared memory for a block; this device has {}",
                    config.shared_bytes, info.max_shared_bytes));
  }
}

void check_pattern(const FillCommand& fill) {
  const std::uint32_t bytes = fill.pattern_bytes;
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8 && bytes != 16) {
    fail(format("a fill repeats a pattern of {} bytes", bytes));
  }
  if (fill.bytes % bytes != 0) {
    fail(format("a fill of {} bytes repeats a pattern of {}", fill.bytes, bytes));
  }
}

// Bytes of parameter i, padding behind it included.
std::size_t parameter_bytes(const OwnedCommand& owned, std::size_t i) {
  const std::size_t end =
      i + 1 < owned.offsets.size() ? owned.offsets[i + 1] : owned.parameters.size();
  return end - owned.offsets[i];
}

void check_layout(const OwnedCommand& owned) {
  std::size_t previous = 0;
  for (const std::uint32_t offset : owned.offsets) {
    if (offset < previous || offset > owned.parameters.size()) {
      fail(format("kernel '{}': a parameter at byte {} after one at {}, of {} bytes in all",
                  owned.function->info().name, offset, previous, owned.parameters.size()));
    }
    previous = offset;
  }
}

// Every aligned word of a parameter may be a pointer, also within a struct.
void add_pointed_blocks(const OwnedCommand& owned, int device, const VirtualMemory& memory,
                        std::vector<VirtualMemory::BlockPtr>& blocks) {
  for (std::size_t i = 0; i < owned.offsets.size(); ++i) {
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= parameter_bytes(owned, i);
         at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, owned.parameters.data() + owned.offsets[i] + at, sizeof word);
      auto block = memory.require_if_pointer(
          word, device, format("parameter {} of kernel '{}'", i, owned.function->info().name));
      if (block != nullptr) blocks.push_back(std::move(block));
    }
  }
}

void check_copy(const CopyCommand& copy, int device, int device_count) {
  for (const int end : {copy.from_device, copy.to_device}) {
    if (end < CopyCommand::kHost || end >= device_count) {
      fail(format("a copy names device {}; there are {}", end, device_count));
    }
  }
  const auto elsewhere = [&](int end) { return end != CopyCommand::kHost && end != device; };
  if (elsewhere(copy.from_device) && elsewhere(copy.to_device)) {
    fail(format("a copy from device {} to device {} is queued on a stream of device {}",
                copy.from_device, copy.to_device, device));
  }
  const auto* to = static_cast<const std::byte*>(copy.to);
  const auto* from = static_cast<const std::byte*>(copy.from);
  if (copy.bytes != 0 && to < from + copy.bytes && from < to + copy.bytes) {
    fail(
        format("a copy of {} bytes from {} to {} overlaps itself", copy.bytes, copy.from, copy.to));
  }
}

}  // namespace

OwnedCommand::OwnedCommand(const Command& given, const DeviceInfo& info, int device)
    : command(given) {
  if (auto* launch = std::get_if<LaunchCommand>(&command)) {
    auto* found = dynamic_cast<VirtualFunction*>(launch->function);
    if (found == nullptr) fail("a launch names no function of a virtual device");
    function = found->shared_from_this();
    if (function->device != device) {
      fail(format("kernel '{}' is loaded on device {}, and launched on device {}",
                  function->info().name, function->device, device));
    }
    check_config(launch->config, *function, info);
    parameters.assign(launch->parameters.begin(), launch->parameters.end());
    offsets.assign(launch->offsets.begin(), launch->offsets.end());
    check_layout(*this);
    launch->parameters = {};
    launch->offsets = {};
  } else if (const auto* fill = std::get_if<FillCommand>(&command)) {
    check_pattern(*fill);
  } else if (const auto* call = std::get_if<HostCallCommand>(&command)) {
    if (call->function == nullptr) fail("a host call names no function");
  }
}

std::vector<VirtualMemory::BlockPtr> blocks_of(const OwnedCommand& owned, int device,
                                               int device_count, const VirtualMemory& memory) {
  std::vector<VirtualMemory::BlockPtr> blocks;
  const auto add = [&](const void* address, std::size_t bytes, int of_device, const char* use) {
    auto block = memory.require(address, bytes, of_device, use);
    if (block != nullptr) blocks.push_back(std::move(block));
  };
  if (std::holds_alternative<LaunchCommand>(owned.command)) {
    add_pointed_blocks(owned, device, memory, blocks);
  } else if (const auto* copy = std::get_if<CopyCommand>(&owned.command)) {
    check_copy(*copy, device, device_count);
    add(copy->to, copy->bytes, copy->to_device, "a copy to");
    add(copy->from, copy->bytes, copy->from_device, "a copy from");
  } else if (const auto* fill = std::get_if<FillCommand>(&owned.command)) {
    add(fill->to, fill->bytes, device, "a fill");
  }
  return blocks;
}

void perform(const OwnedCommand& owned) {
  if (const auto* launch = std::get_if<LaunchCommand>(&owned.command)) {
    // The body may change its parameters, and a graph runs them again.
    std::vector<std::byte> parameters = owned.parameters;
    std::vector<void*> pointers;
    for (const std::uint32_t offset : owned.offsets) pointers.push_back(parameters.data() + offset);
    const RunningModule running(owned.function->variables.get(), find_variable);
    owned.function->body(launch->config, pointers.data());
  } else if (const auto* copy = std::get_if<CopyCommand>(&owned.command)) {
    if (copy->bytes != 0) std::memcpy(copy->to, copy->from, copy->bytes);
  } else if (const auto* fill = std::get_if<FillCommand>(&owned.command)) {
    auto* to = static_cast<std::byte*>(fill->to);
    for (std::size_t at = 0; at < fill->bytes; at += fill->pattern_bytes) {
      std::memcpy(to + at, fill->pattern.data(), fill->pattern_bytes);
    }
  } else if (const auto* call = std::get_if<HostCallCommand>(&owned.command)) {
    call->function(call->user);
  }
}

}  // namespace sennit
