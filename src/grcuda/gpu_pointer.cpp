#include "grcuda/gpu_pointer.h"

#include "base/error.h"
#include "base/text.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

std::shared_ptr<GpuPointer> GpuPointer::allocate(Runtime& runtime, std::int64_t bytes) {
  if (bytes < 1) {
    raise(ErrorCode::InvalidArgument, format("cannot allocate {} bytes; at least 1", bytes));
  }
  return std::make_shared<GpuPointer>(runtime.create_array(Dtype::UInt8, {&bytes, 1}));
}

GpuPointer::GpuPointer(const Array& memory)
    : bytes_(memory.layout().size()),
      address_(
          reinterpret_cast<std::uintptr_t>(memory.runtime().scheduler().expose(memory.storage()))),
      memory_(std::in_place, memory) {}

Array GpuPointer::memory() const {
  const Lock lock(mutex_);
  if (memory_) return *memory_;
  raise(ErrorCode::InvalidArgument, describe() + " was freed");
}

Array GpuPointer::elements(Dtype dtype) const {
  const auto stride = static_cast<std::int64_t>(bytes_of(dtype));
  const std::int64_t count = bytes_ / stride;
  return memory().view_of(dtype, {&count, 1}, {&stride, 1}, 0);
}

void GpuPointer::free() {
  const Lock lock(mutex_);
  if (!memory_) raise(ErrorCode::InvalidArgument, describe() + " was freed already");
  memory_.reset();
}

std::string GpuPointer::describe() const {
  return format("GPUPointer(address={:#x}, {} bytes)", address_, bytes_);
}

void GpuPointers::add(const std::shared_ptr<GpuPointer>& pointer) {
  const Lock lock(mutex_);
  std::erase_if(pointers_, [](const auto& known) { return known.expired(); });
  pointers_.push_back(pointer);
}

std::optional<GpuPointers::Place> GpuPointers::find(std::uint64_t address) {
  const Lock lock(mutex_);
  for (const std::weak_ptr<GpuPointer>& known : pointers_) {
    const std::shared_ptr<GpuPointer> pointer = known.lock();
    if (!pointer) continue;
    const std::uint64_t begin = *pointer->address();
    if (address < begin || address - begin >= static_cast<std::uint64_t>(pointer->bytes())) {
      continue;
    }
    return Place{pointer, static_cast<std::int64_t>(address - begin)};
  }
  return std::nullopt;
}

}  // namespace sennit::grcuda
