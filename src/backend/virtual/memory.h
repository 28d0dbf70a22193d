// backend/virtual/memory.h: the memory of virtual devices, and who may touch what of it.
//
// A device's memory is host memory that nobody else has, so a copy that was forgotten shows as
// wrong data: fresh memory is filled with kFresh, released memory with kReleased. Released memory
// is kept for a while, so that its address is known when somebody still uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/virtual/machine.h"

namespace sennit {

class VirtualMemory {
 public:
  static constexpr std::byte kFresh{0xA5};
  static constexpr std::byte kReleased{0xDD};
  static constexpr std::size_t kAlignment = 256;

  // One allocation, live or released.
  struct Block {
    std::byte* address = nullptr;
    std::size_t bytes = 0;
    int device = CopyCommand::kHost;
    int queued = 0;  // commands that name it and have not run
    bool released = false;
    bool misused = false;  // known to be: what is written to it now is no news
  };
  using BlockPtr = std::shared_ptr<Block>;

  explicit VirtualMemory(const VirtualMachine& machine);
  ~VirtualMemory();

  // Raises OutOfMemory. `device` may be kHost.
  BlockPtr allocate(int device, std::size_t bytes);
  // What the caller did wrong, if anything.
  std::optional<std::string> release(const BlockPtr& block);

  // The block that [address, address + bytes) lies in. nullptr for host memory that is not ours.
  // Raises Internal, naming `use`, unless all of it is live memory of `device`. On a machine that
  // shares the host's memory all memory is every device's.
  BlockPtr require(const void* address, std::size_t bytes, int device,
                   const std::string& use) const;
  // The same for a word among a kernel's parameters that may be a pointer; nullptr if it is none.
  BlockPtr require_if_pointer(std::uint64_t word, int device, const std::string& use) const;

  // Overwrites all memory of a device that is lost.
  void spoil(int device);
  // What was written to after its release, as far as it is still known.
  std::vector<std::string> forget_released();

 private:
  // Released memory that is kept, at most.
  static constexpr std::size_t kKeptBytes = std::size_t{64} << 20;

  BlockPtr find(const void* address) const;
  std::string describe(const Block& block) const;
  std::optional<std::string> forget_oldest();

  const bool shared_;
  const std::size_t device_bytes_;  // 0: not limited
  std::map<const std::byte*, BlockPtr> blocks_;
  std::deque<BlockPtr> released_;  // oldest first
  std::size_t released_bytes_ = 0;
  std::map<int, std::size_t> used_bytes_;  // of live blocks, by device
};

}  // namespace sennit
