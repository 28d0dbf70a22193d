// runtime/exchange.cpp: takes over memory of other code, and lends ours.
#include "runtime/exchange.h"

#include "base/text.h"

namespace sennit {
namespace {

class ForeignMemory final : public Allocation {
 public:
  ForeignMemory(std::byte* address, std::size_t bytes, std::function<void()> release)
      : Allocation(address, bytes), release_(std::move(release)) {}
  ~ForeignMemory() override {
    if (release_) release_();
  }
  void forget() { release_ = nullptr; }

 private:
  std::function<void()> release_;
};

}  // namespace

Extent Extent::of(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides_bytes,
                  std::size_t element_bytes) {
  Extent extent{0, static_cast<std::int64_t>(element_bytes)};
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) return {};
    const std::int64_t reach = (shape[i] - 1) * strides_bytes[i];
    (reach < 0 ? extent.low_bytes : extent.high_bytes) += reach;
  }
  return extent;
}

Array adopt(Runtime& runtime, ForeignTensor tensor) {
  const Extent extent = Extent::of(tensor.shape, tensor.strides_bytes, bytes_of(tensor.dtype));
  if (extent.bytes() == 0) {
    Array empty = runtime.create_array(tensor.dtype, tensor.shape);
    if (tensor.release) tensor.release();
    return empty;
  }
  std::byte* const begin = tensor.data + extent.low_bytes;
  if (tensor.device != Scheduler::kHost) {
    const Device& device = runtime.scheduler().device(tensor.device);
    if (!device.can_use(begin)) {
      raise(ErrorCode::InvalidArgument,
            format("address {} is no memory of {}; give the device that the memory is on",
                   static_cast<const void*>(begin), device.info().name));
    }
  }
  Layout layout = Layout::strided(tensor.dtype, tensor.shape, tensor.strides_bytes,
                                  -extent.low_bytes, extent.bytes());
  auto made = std::make_unique<ForeignMemory>(begin, extent.bytes(), std::move(tensor.release));
  ForeignMemory& foreign = *made;
  std::unique_ptr<Allocation> memory = std::move(made);
  try {
    return runtime.adopt_array(std::move(layout), extent.bytes(), std::move(memory), tensor.device);
  } catch (...) {
    foreign.forget();  // it is still `memory`'s
    throw;
  }
}

Loan::Loan(const Array& array)
    : array_(array),
      device_(array.runtime().scheduler().device_of(array.storage())),
      data_(array.runtime().share(array) + array.layout().offset_bytes()) {}

Loan::~Loan() {
  if (!kept_) array_.runtime().scheduler().unshare(array_.storage());
}

}  // namespace sennit
