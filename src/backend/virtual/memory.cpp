// backend/virtual/memory.cpp: allocations, poison, and the checks of addresses.
#include "backend/virtual/memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

std::string place(int device) {
  return device == CopyCommand::kHost ? "the host" : format("device {}", device);
}

}  // namespace

VirtualMemory::VirtualMemory(const VirtualMachine& machine)
    : shared_(machine.shares_host_memory), device_bytes_(machine.memory_bytes) {}

VirtualMemory::~VirtualMemory() {
  for (const auto& [address, block] : blocks_) std::free(block->address);
}

VirtualMemory::BlockPtr VirtualMemory::allocate(int device, std::size_t bytes) {
  if (bytes == 0) fail("an allocation of 0 bytes was asked for");
  std::size_t& used = used_bytes_[device];
  const bool limited = device != CopyCommand::kHost && device_bytes_ != 0;
  if (limited && bytes > device_bytes_ - std::min(used, device_bytes_)) {
    raise(ErrorCode::OutOfMemory,
          format("cannot allocate {} on virtual device {}: {} of its {} are in use; free arrays "
                 "and retry",
                 format_bytes(bytes), device, format_bytes(used), format_bytes(device_bytes_)));
  }
  // At least one byte more, so that the end of this memory is not the start of somebody else's.
  const std::size_t rounded = (bytes / kAlignment + 1) * kAlignment;
  auto* address = static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded));
  if (rounded < bytes || address == nullptr) {
    raise(ErrorCode::OutOfMemory,
          format("the host has no {} left for memory of {}; free arrays and retry",
                 format_bytes(bytes), place(device)));
  }
  std::memset(address, static_cast<int>(kFresh), rounded);
  auto block = std::make_shared<Block>();
  block->address = address;
  block->bytes = bytes;
  block->device = device;
  blocks_.emplace(address, block);
  used += bytes;
  return block;
}

std::optional<std::string> VirtualMemory::release(const BlockPtr& block) {
  std::optional<std::string> misuse;
  if (block->queued != 0) {
    misuse =
        format("{} was released while {} queued commands name it", describe(*block), block->queued);
    block->misused = true;
  }
  block->released = true;
  used_bytes_[block->device] -= block->bytes;
  std::memset(block->address, static_cast<int>(kReleased), block->bytes);
  released_.push_back(block);
  released_bytes_ += block->bytes;
  // What is queued may still run on it: then it stays until `forget_released`.
  while (released_bytes_ > kKeptBytes && released_.front()->queued == 0) {
    if (auto written = forget_oldest()) misuse = std::move(written);
  }
  return misuse;
}

std::optional<std::string> VirtualMemory::forget_oldest() {
  const BlockPtr block = std::move(released_.front());
  released_.pop_front();
  released_bytes_ -= block->bytes;
  const bool written =
      !block->misused && std::any_of(block->address, block->address + block->bytes,
                                     [](std::byte value) { return value != kReleased; });
  std::optional<std::string> misuse;
  if (written) misuse = format("{} was written to after its release", describe(*block));
  blocks_.erase(block->address);
  std::free(block->address);
  return misuse;
}

std::vector<std::string> VirtualMemory::forget_released() {
  std::vector<std::string> misuses;
  while (!released_.empty()) {
    if (auto misuse = forget_oldest()) misuses.push_back(std::move(*misuse));
  }
  return misuses;
}

VirtualMemory::BlockPtr VirtualMemory::find(const void* address) const {
  const auto* byte = static_cast<const std::byte*>(address);
  auto after = blocks_.upper_bound(byte);
  if (after == blocks_.begin()) return nullptr;
  const BlockPtr& block = std::prev(after)->second;
  // One past the end is still of the block: where a range ends, or an empty slice begins.
  return byte <= block->address + block->bytes ? block : nullptr;
}

std::string VirtualMemory::describe(const Block& block) const {
  return format("memory of {} at {} ({})", place(block.device),
                static_cast<const void*>(block.address), format_bytes(block.bytes));
}

VirtualMemory::BlockPtr VirtualMemory::require(const void* address, std::size_t bytes, int device,
                                               const std::string& use) const {
  const BlockPtr block = find(address);
  const auto complain = [&](const std::string& what) {
    fail(format("{} uses {} bytes at {} as memory of {}, {}", use, bytes, address, place(device),
                what));
  };
  if (block == nullptr) {
    if (device != CopyCommand::kHost && !shared_) complain("where no allocation is");
    return nullptr;
  }
  if (block->released) complain("but that is released: " + describe(*block));
  if (block->device != device && !shared_) complain("but that is " + describe(*block));
  const auto offset =
      static_cast<std::size_t>(static_cast<const std::byte*>(address) - block->address);
  if (bytes > block->bytes - offset) complain("which goes past the end of " + describe(*block));
  return block;
}

VirtualMemory::BlockPtr VirtualMemory::require_if_pointer(std::uint64_t word, int device,
                                                          const std::string& use) const {
  const auto* address = reinterpret_cast<const void*>(static_cast<std::uintptr_t>(word));
  return find(address) == nullptr ? nullptr : require(address, 0, device, use);
}

void VirtualMemory::spoil(int device) {
  if (shared_) return;
  for (const auto& [address, block] : blocks_) {
    if (block->device != device || block->released) continue;
    std::memset(block->address, static_cast<int>(kFresh), block->bytes);
  }
}

}  // namespace sennit
