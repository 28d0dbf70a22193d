// capi/exchange.cpp: exchange of arrays with other libraries, and order among their streams.
#include "runtime/exchange.h"

#include "base/text.h"
#include "capi/boundary.h"
#include "capi/handles.h"
#include "runtime/dlpack.h"

using sennit::capi::guarded;
using sennit::capi::required;

namespace {

sennit::Device& device_of(snt_runtime* runtime, int32_t device) {
  sennit::Scheduler& scheduler = required(runtime, "runtime").runtime->scheduler();
  if (device < 0 || device >= scheduler.device_count()) {
    sennit::raise(sennit::ErrorCode::InvalidArgument,
                  sennit::format("device {}; the runtime has {} (counted from 0)", device,
                                 scheduler.device_count()));
  }
  return scheduler.device(device);
}

std::optional<sennit::NativeStream> optional_stream(snt_stream stream) {
  if (stream == SNT_NO_STREAM) return std::nullopt;
  return stream;
}

}  // namespace

extern "C" {

snt_error* snt_array_to_dlpack(snt_array* array, int32_t versioned, void** out_managed) {
  return guarded([&] {
    const sennit::Array& of = required(array, "array").array;
    required(out_managed, "out_managed");
    *out_managed = versioned != 0 ? static_cast<void*>(sennit::to_dlpack_versioned(of))
                                  : static_cast<void*>(sennit::to_dlpack(of));
  });
}

snt_error* snt_array_from_dlpack(snt_runtime* runtime, void* managed, int32_t versioned,
                                 snt_array** out_array) {
  return guarded([&] {
    sennit::Runtime& of = *required(runtime, "runtime").runtime;
    required(out_array, "out_array");
    if (managed == nullptr) sennit::raise(sennit::ErrorCode::InvalidArgument, "'managed' is NULL");
    const sennit::Array array =
        versioned != 0
            ? sennit::from_dlpack(of, static_cast<sennit::DLManagedTensorVersioned*>(managed))
            : sennit::from_dlpack(of, static_cast<sennit::DLManagedTensor*>(managed));
    *out_array = new snt_array(runtime, array);
  });
}

snt_error* snt_array_share_dlpack(snt_array* array, snt_stream stream, int32_t versioned,
                                  void** out_managed) {
  return guarded([&] {
    const sennit::Array& of = required(array, "array").array;
    required(out_managed, "out_managed");
    const auto behind = optional_stream(stream);
    *out_managed = versioned != 0 ? static_cast<void*>(sennit::share_dlpack_versioned(of, behind))
                                  : static_cast<void*>(sennit::share_dlpack(of, behind));
  });
}

int32_t snt_array_device(snt_array* array) {
  int32_t device = 0;
  snt_error_release(guarded([&] {
    const sennit::Array& of = required(array, "array").array;
    device = of.runtime().scheduler().device_of(of.storage());
  }));
  return device;
}

snt_error* snt_array_device_data(snt_array* array, snt_stream stream, void** out_data) {
  return guarded([&] {
    const sennit::Array& of = required(array, "array").array;
    required(out_data, "out_data");
    sennit::Loan loan(of);
    if (stream != SNT_NO_STREAM) {
      of.runtime().scheduler().stream_wait(stream, of.storage(), of.layout().hull());
    }
    loan.keep();
    *out_data = loan.data();
  });
}

snt_error* snt_array_from_device_memory(snt_runtime* runtime, const snt_device_memory* memory,
                                        snt_array** out_array) {
  return guarded([&] {
    const snt_device_memory given = sennit::capi::taken(required(memory, "memory"));
    required(out_array, "out_array");
    device_of(runtime, given.device);
    sennit::ForeignTensor tensor;
    tensor.device = given.device;
    tensor.data = static_cast<std::byte*>(given.data);
    tensor.dtype = sennit::capi::checked_dtype(given.dtype);
    const auto shape = sennit::capi::extents(given.shape, given.dimensions, "shape");
    tensor.shape.assign(shape.begin(), shape.end());
    tensor.strides_bytes = sennit::c_strides(shape, sennit::bytes_of(tensor.dtype));
    if (given.strides_bytes != nullptr) {
      tensor.strides_bytes.assign(given.strides_bytes, given.strides_bytes + shape.size());
    }
    tensor.release = [release = given.release, user = given.user] {
      if (release != nullptr) release(user);
    };
    if (given.stream != SNT_NO_STREAM) {
      runtime->runtime->scheduler().wait_for(given.device, given.stream);
    }
    *out_array = new snt_array(runtime, sennit::adopt(*runtime->runtime, std::move(tensor)));
  });
}

// ---- streams ----

snt_error* snt_runtime_wait_for(snt_runtime* runtime, int32_t device, snt_stream stream) {
  return guarded([&] {
    device_of(runtime, device);
    runtime->runtime->scheduler().wait_for(device, stream);
  });
}

snt_error* snt_runtime_stream_wait(snt_runtime* runtime, snt_stream stream, snt_array* array) {
  return guarded([&] {
    const sennit::Array& of = required(array, "array").array;
    if (&of.runtime() != required(runtime, "runtime").runtime.get()) {
      sennit::raise(sennit::ErrorCode::InvalidArgument, "the array is one of another runtime");
    }
    of.runtime().scheduler().stream_wait(stream, of.storage(), of.layout().hull());
  });
}

snt_error* snt_runtime_lent_stream(snt_runtime* runtime, int32_t device, snt_stream* out_stream) {
  return guarded([&] {
    required(out_stream, "out_stream");
    *out_stream = device_of(runtime, device).lent_stream();
  });
}

}  // extern "C"
