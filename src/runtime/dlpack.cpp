#include "runtime/dlpack.h"

#include "base/text.h"
#include "runtime/exchange.h"
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
  std::unique_ptr<HostView> view;  // on the host
  std::unique_ptr<Loan> loan;      // on a device
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
  DLTensor tensor;
  tensor.ndim = layout.dimensions();
  tensor.dtype = type_of(layout.dtype());
  tensor.shape = exported.shape.data();
  tensor.strides = exported.strides.data();
  return tensor;
}

template <typename Managed>
Managed* managed_tensor(const DLTensor& tensor, std::unique_ptr<Exported> exported) {
  auto managed = std::make_unique<Managed>();
  managed->dl_tensor = tensor;
  managed->manager_ctx = exported.release();
  managed->deleter = [](Managed* self) {
    delete static_cast<Exported*>(self->manager_ctx);
    delete self;
  };
  return managed.release();
}

template <typename Managed>
Managed* export_snapshot(const Array& array) {
  auto exported = std::make_unique<Exported>();
  DLTensor tensor = describe(array, *exported);
  exported->view = HostView::snapshot(array);
  tensor.data = exported->view->data();
  return managed_tensor<Managed>(tensor, std::move(exported));
}

template <typename Managed>
Managed* export_shared(const Array& array, std::optional<NativeStream> stream) {
  Scheduler& scheduler = array.runtime().scheduler();
  auto exported = std::make_unique<Exported>();
  DLTensor tensor = describe(array, *exported);
  exported->loan = std::make_unique<Loan>(array);
  if (stream) scheduler.stream_wait(*stream, array.storage(), array.layout().hull());
  const DeviceInfo& device = scheduler.device(exported->loan->device()).info();
  tensor.data = exported->loan->data();
  tensor.device = {device.dlpack_type, device.dlpack_id};
  return managed_tensor<Managed>(tensor, std::move(exported));
}

// ---- import ----

bool is_on_host(const DLDevice& device) {
  return device.device_type == kDLCPU || device.device_type == kDLCUDAHost;
}

// The device of the runtime that `device` is.
int ordinal_of(Scheduler& scheduler, const DLDevice& device) {
  if (is_on_host(device)) return Scheduler::kHost;
  const std::int32_t type = device.device_type == kDLCUDAManaged ? kDLCUDA : device.device_type;
  std::string known;
  for (int ordinal = 0; ordinal < scheduler.device_count(); ++ordinal) {
    const DeviceInfo& info = scheduler.device(ordinal).info();
    if (info.dlpack_type == type && info.dlpack_id == device.device_id) return ordinal;
    if (info.dlpack_type != kDLCPU) {
      known += format(" or {}, ({}, {})", info.name, info.dlpack_type, info.dlpack_id);
    }
  }
  raise(ErrorCode::Unsupported,
        format("a DLPack tensor on device ({}, {}); this runtime takes those of the host, (1, 0){}",
               device.device_type, device.device_id, known));
}

template <typename Managed>
Array import_from(Runtime& runtime, Managed* managed, bool read_only) {
  const DLTensor& tensor = managed->dl_tensor;
  Scheduler& scheduler = runtime.scheduler();
  ForeignTensor foreign;
  foreign.device = ordinal_of(scheduler, tensor.device);
  foreign.dtype = dtype_of(tensor.dtype);
  foreign.data = static_cast<std::byte*>(tensor.data) + tensor.byte_offset;
  foreign.shape.assign(tensor.shape, tensor.shape + tensor.ndim);
  foreign.strides_bytes = c_strides(foreign.shape, bytes_of(foreign.dtype));
  for (std::size_t i = 0; tensor.strides != nullptr && i < foreign.shape.size(); ++i) {
    foreign.strides_bytes[i] =
        tensor.strides[i] * static_cast<std::int64_t>(bytes_of(foreign.dtype));
  }
  foreign.release = [managed] {
    if (managed->deleter != nullptr) managed->deleter(managed);
  };
  const bool on_host = foreign.device == Scheduler::kHost;
  if (!on_host) {
    // The producer has made this stream wait for its work.
    scheduler.wait_for(foreign.device, scheduler.device(foreign.device).lent_stream());
  }
  const bool share = !read_only && (!on_host || scheduler.device(0).info().shares_host_memory);
  if (share) return adopt(runtime, std::move(foreign));
  Array copy = runtime.create_array(foreign.dtype, foreign.shape, Order::C, /*undefined=*/true);
  if (!on_host) {
    copy.copy_from(adopt(runtime, std::move(foreign)));
    return copy;
  }
  if (copy.layout().size() > 0) {
    std::vector<std::byte> packed(copy.layout().bytes());
    copy_strided(packed.data(), copy.layout().strides_bytes(), foreign.data, foreign.strides_bytes,
                 foreign.shape, bytes_of(foreign.dtype));
    copy.write(packed.data());
  }
  foreign.release();
  return copy;
}

}  // namespace

DLManagedTensor* to_dlpack(const Array& array) { return export_snapshot<DLManagedTensor>(array); }

DLManagedTensorVersioned* to_dlpack_versioned(const Array& array) {
  DLManagedTensorVersioned* managed = export_snapshot<DLManagedTensorVersioned>(array);
  managed->flags = DLManagedTensorVersioned::kReadOnly;
  return managed;
}

DLManagedTensor* share_dlpack(const Array& array, std::optional<NativeStream> stream) {
  return export_shared<DLManagedTensor>(array, stream);
}

DLManagedTensorVersioned* share_dlpack_versioned(const Array& array,
                                                 std::optional<NativeStream> stream) {
  return export_shared<DLManagedTensorVersioned>(array, stream);
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
