#include "runtime/dlpack.h"

#include "base/text.h"
#include "runtime/runtime.h"

namespace sennit {
namespace {

struct TypeRow {
  Dtype dtype;
  std::uint8_t code;  // DLDataTypeCode
  std::uint8_t bits;
};
constexpr TypeRow kTypes[] = {
    {Dtype::Bool, 6, 8},     {Dtype::Int8, 0, 8},       {Dtype::Int16, 0, 16},
    {Dtype::Int32, 0, 32},   {Dtype::Int64, 0, 64},     {Dtype::UInt8, 1, 8},
    {Dtype::UInt16, 1, 16},  {Dtype::UInt32, 1, 32},    {Dtype::UInt64, 1, 64},
    {Dtype::Float16, 2, 16}, {Dtype::BFloat16, 4, 16},  {Dtype::Float32, 2, 32},
    {Dtype::Float64, 2, 64}, {Dtype::Complex64, 5, 64}, {Dtype::Complex128, 5, 128},
};

DLDataType type_of(Dtype dtype) {
  for (const TypeRow& row : kTypes) {
    if (row.dtype == dtype) return {row.code, row.bits, 1};
  }
  fail("a dtype without a DLPack type");
}

Dtype dtype_of(const DLDataType& type) {
  for (const TypeRow& row : kTypes) {
    if (row.code == type.code && row.bits == type.bits && type.lanes == 1) return row.dtype;
  }
  raise(ErrorCode::Unsupported, format("a DLPack tensor of type code {}, {} bits, {} lanes has no "
                                       "element type here",
                                       type.code, type.bits, type.lanes));
}

// ---- export ----

// What an exported tensor keeps alive.
struct Exported {
  std::unique_ptr<HostView> view;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

DLTensor describe(const Array& array, Exported& exported) {
  const Layout& layout = array.layout();
  exported.shape.assign(layout.shape().begin(), layout.shape().end());
  const auto element = static_cast<std::int64_t>(layout.element_bytes());
  for (const std::int64_t stride : layout.strides_bytes()) {
    if (stride % element != 0) {
      raise(ErrorCode::Unsupported,
            format("a stride of {} bytes is no whole number of {}; DLPack cannot say that", stride,
                   name_of(layout.dtype())));
    }
    exported.strides.push_back(stride / element);
  }
  exported.view = HostView::snapshot(array);
  DLTensor tensor;
  tensor.data = exported.view->data();
  tensor.ndim = layout.dimensions();
  tensor.dtype = type_of(layout.dtype());
  tensor.shape = exported.shape.data();
  tensor.strides = exported.strides.data();
  return tensor;
}

template <typename Managed>
Managed* export_as(const Array& array) {
  auto exported = std::make_unique<Exported>();
  auto managed = std::make_unique<Managed>();
  managed->dl_tensor = describe(array, *exported);
  managed->manager_ctx = exported.release();
  managed->deleter = [](Managed* self) {
    delete static_cast<Exported*>(self->manager_ctx);
    delete self;
  };
  return managed.release();
}

// ---- import ----

// The producer's memory; destroying it calls the producer's deleter.
template <typename Managed>
class Imported final : public Allocation {
 public:
  Imported(void* address, std::size_t bytes, Managed* managed)
      : Allocation(address, bytes), managed_(managed) {}
  ~Imported() override {
    if (managed_->deleter != nullptr) managed_->deleter(managed_);
  }

 private:
  Managed* managed_;
};

template <typename Managed>
Array import_from(Runtime& runtime, Managed* managed, bool read_only) {
  const DLTensor& tensor = managed->dl_tensor;
  if (tensor.device.device_type != kDLCPU) {
    raise(ErrorCode::Unsupported,
          format("a DLPack tensor on device type {}; sennit imports those of the host (type 1)",
                 tensor.device.device_type));
  }
  const Dtype dtype = dtype_of(tensor.dtype);
  const auto dimensions = static_cast<std::size_t>(tensor.ndim);
  const std::span<const std::int64_t> shape(tensor.shape, dimensions);
  const auto element = static_cast<std::int64_t>(bytes_of(dtype));
  std::vector<std::int64_t> strides = c_strides(shape, bytes_of(dtype));
  for (std::size_t i = 0; tensor.strides != nullptr && i < dimensions; ++i) {
    strides[i] = tensor.strides[i] * element;
  }
  std::int64_t low = 0;
  std::int64_t high = element;
  bool none = false;
  for (std::size_t i = 0; i < dimensions; ++i) {
    none |= shape[i] == 0;
    const std::int64_t reach = (shape[i] - 1) * strides[i];
    (reach < 0 ? low : high) += reach;
  }
  auto* first = static_cast<std::byte*>(tensor.data) + tensor.byte_offset;
  const bool share = !none && !read_only && runtime.scheduler().device(0).info().shares_host_memory;
  if (!share) {
    Array array = runtime.create_array(dtype, shape, Order::C, /*undefined=*/true);
    if (!none) {
      std::vector<std::byte> packed(array.layout().bytes());
      copy_strided(packed.data(), array.layout().strides_bytes(), first, strides, shape,
                   bytes_of(dtype));
      array.write(packed.data());
    }
    if (managed->deleter != nullptr) managed->deleter(managed);
    return array;
  }
  const auto bytes = static_cast<std::size_t>(high - low);
  Layout layout = Layout::strided(dtype, shape, strides, -low, bytes);
  return runtime.adopt_array(std::move(layout), bytes,
                             std::make_unique<Imported<Managed>>(first + low, bytes, managed));
}

}  // namespace

DLManagedTensor* to_dlpack(const Array& array) { return export_as<DLManagedTensor>(array); }

DLManagedTensorVersioned* to_dlpack_versioned(const Array& array) {
  DLManagedTensorVersioned* managed = export_as<DLManagedTensorVersioned>(array);
  managed->flags = DLManagedTensorVersioned::kReadOnly;
  return managed;
}

Array from_dlpack(Runtime& runtime, DLManagedTensor* managed) {
  return import_from(runtime, managed, false);
}

Array from_dlpack(Runtime& runtime, DLManagedTensorVersioned* managed) {
  if (managed->major != 1) {
    raise(ErrorCode::Unsupported, format("a DLPack tensor of version {}.{}; sennit reads version 1",
                                         managed->major, managed->minor));
  }
  return import_from(runtime, managed, (managed->flags & DLManagedTensorVersioned::kReadOnly) != 0);
}

}  // namespace sennit
