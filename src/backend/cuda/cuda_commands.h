// backend/cuda/cuda_commands.h: commands in the driver's terms, for streams and graphs alike.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "backend/cuda/cuda_context.h"
#include "backend/cuda/cuda_module.h"

namespace sennit::cuda {

inline CUdeviceptr device_address(const void* pointer) {
  return reinterpret_cast<CUdeviceptr>(pointer);
}

// Pointers to the parameters of a launch, as the driver takes them. Valid while `command` is.
class ParameterPointers {
 public:
  explicit ParameterPointers(const LaunchCommand& command) {
    void** pointers = few_.data();
    if (command.offsets.size() > few_.size()) {
      many_.resize(command.offsets.size());
      pointers = many_.data();
    }
    data_ = pointers;
    auto* first = const_cast<std::byte*>(command.parameters.data());
    for (const std::uint32_t offset : command.offsets) *pointers++ = first + offset;
  }
  ParameterPointers(const ParameterPointers&) = delete;
  ParameterPointers& operator=(const ParameterPointers&) = delete;
  void** data() const { return data_; }

 private:
  std::array<void*, 32> few_;
  std::vector<void*> many_;
  void** data_;
};

// The function, made ready for the configuration.
CudaFunction& prepared_function(const LaunchCommand& command);

// Attributes that the configuration asks for beyond grid, block and shared memory.
struct LaunchAttributes {
  std::array<CUlaunchAttribute, 3> list{};
  unsigned count = 0;
  CUlaunchAttribute& add(CUlaunchAttributeID id) {
    list[count].id = id;
    return list[count++];
  }
};
LaunchAttributes launch_attributes(const LaunchConfig& config);

// Whether the launch waits by itself for others that `may_be_early`, and they for it: then it may
// begin before they have ended. Each has waited for what is in front of it, so the order of all
// holds. Blocks of a cooperative launch need the device to themselves, so that it is held back.
bool may_be_early(const LaunchCommand& command);

// A fill as a memset, which repeats 1, 2 or 4 bytes; nullopt for wider patterns (BuiltinKernels).
std::optional<CUDA_MEMSET_NODE_PARAMS> memset_of(const FillCommand& command);

// A host function as the driver calls it: what it throws becomes a failure of `tag`.
struct HostCall {
  const CudaContext* context;
  HostCallCommand command;
  CommandTag tag;
  void run() const noexcept;
};

}  // namespace sennit::cuda
