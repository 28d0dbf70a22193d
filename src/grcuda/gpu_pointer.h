// grcuda/gpu_pointer.h: memory of cudaMalloc: bytes with an address, tracked as all arrays are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "grcuda/value.h"
#include "runtime/array.h"

namespace sennit::grcuda {

class GpuPointer final : public Value {
 public:
  // Raises InvalidArgument unless `bytes` is at least 1.
  static std::shared_ptr<GpuPointer> allocate(Runtime& runtime, std::int64_t bytes);
  explicit GpuPointer(const Array& memory);  // its storage has no other array

  std::int64_t bytes() const { return bytes_; }
  // The memory as bytes. Raises InvalidArgument once it is freed.
  Array memory() const;
  // The memory from its start as elements of `dtype`, for a kernel's parameter.
  Array elements(Dtype dtype) const;
  void free();

  std::string describe() const override;
  std::optional<std::uint64_t> address() override { return address_; }

 private:
  const std::int64_t bytes_;
  const std::uint64_t address_;
  mutable Mutex mutex_;
  std::optional<Array> memory_ SENNIT_GUARDED_BY(mutex_);  // empty once freed
};

// The pointers of one program, to find which one an address belongs to.
class GpuPointers {
 public:
  void add(const std::shared_ptr<GpuPointer>& pointer);

  struct Place {
    std::shared_ptr<GpuPointer> pointer;
    std::int64_t offset;
  };
  // nullopt if the address is in none of them.
  std::optional<Place> find(std::uint64_t address);

 private:
  Mutex mutex_;
  std::vector<std::weak_ptr<GpuPointer>> pointers_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit::grcuda
