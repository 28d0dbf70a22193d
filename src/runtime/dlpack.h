// runtime/dlpack.h: exchange of arrays with other libraries through DLPack.
//
// The structs are those of https://dmlc.github.io/dlpack (version 1.0), declared again here since
// they are an ABI: dlpack_test compares their layout.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "runtime/array.h"

namespace sennit {

struct DLDevice {
  std::int32_t device_type = 1;  // kDLCPU
  std::int32_t device_id = 0;
};
inline constexpr std::int32_t kDLCPU = 1;
inline constexpr std::int32_t kDLCUDA = 2;
inline constexpr std::int32_t kDLCUDAHost = 3;      // the host's memory, page-locked
inline constexpr std::int32_t kDLCUDAManaged = 13;  // used by devices and the host

struct DLDataType {
  std::uint8_t code = 0;
  std::uint8_t bits = 0;
  std::uint16_t lanes = 1;
};

struct DLTensor {
  void* data = nullptr;
  DLDevice device;
  std::int32_t ndim = 0;
  DLDataType dtype;
  std::int64_t* shape = nullptr;
  std::int64_t* strides = nullptr;  // in elements; null: C order
  std::uint64_t byte_offset = 0;
};

struct DLManagedTensor {
  DLTensor dl_tensor;
  void* manager_ctx = nullptr;
  void (*deleter)(DLManagedTensor* self) = nullptr;
};

struct DLManagedTensorVersioned {
  static constexpr std::uint64_t kReadOnly = 1;
  static constexpr std::uint64_t kIsCopied = 2;
  std::uint32_t major = 1;
  std::uint32_t minor = 0;
  void* manager_ctx = nullptr;
  void (*deleter)(DLManagedTensorVersioned* self) = nullptr;
  std::uint64_t flags = 0;
  DLTensor dl_tensor;
};

// A snapshot on the host that the consumer owns. Raises Unsupported for layouts that DLPack
// cannot say (strides that are no whole elements).
DLManagedTensor* to_dlpack(const Array& array);
DLManagedTensorVersioned* to_dlpack_versioned(const Array& array);

// The bytes on the array's device, which the consumer and sennit share from now on (see
// runtime/exchange.h). `stream` waits for them; std::nullopt: nobody waits. Raises Unsupported also
// where the device has no memory that other code could use.
DLManagedTensor* share_dlpack(const Array& array, std::optional<NativeStream> stream);
DLManagedTensorVersioned* share_dlpack_versioned(const Array& array,
                                                 std::optional<NativeStream> stream);

// Takes over `managed` on success. On a device the bytes are shared; the producer must have made
// Device::lent_stream wait for them.
Array from_dlpack(Runtime& runtime, DLManagedTensor* managed);
Array from_dlpack(Runtime& runtime, DLManagedTensorVersioned* managed);

}  // namespace sennit
