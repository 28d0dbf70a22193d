// bindings/python/src/dlpack.cpp: capsules, with the rules of who deletes what and who may write.
#include "dlpack.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "device_exchange.h"
#include "errors.h"

namespace sennit::python {
namespace {

// DLPack's structs (https://dmlc.github.io/dlpack), as far as a capsule's destructor and the
// flags need them. The frozen layouts of versions 0 and 1.
struct DLManagedTensor {
  struct {
    void* data;
    std::int32_t device[2];
    std::int32_t dimensions;
    std::uint8_t code;
    std::uint8_t bits;
    std::uint16_t lanes;
    std::int64_t* shape;
    std::int64_t* strides;
    std::uint64_t byte_offset;
  } tensor;
  void* manager_context;
  void (*deleter)(DLManagedTensor*);
};
static_assert(offsetof(DLManagedTensor, deleter) == 56);

struct DLManagedTensorVersioned {
  std::uint32_t version[2];
  void* manager_context;
  void (*deleter)(DLManagedTensorVersioned*);
  std::uint64_t flags;
};
static_assert(offsetof(DLManagedTensorVersioned, flags) == 24);

constexpr std::uint64_t kReadOnly = 1;
constexpr std::uint64_t kIsCopied = 2;
constexpr int kDeviceCpu = 1;
constexpr int kDeviceCuda = 2;
constexpr int kDeviceCudaManaged = 13;

constexpr const char* kName = "dltensor";
constexpr const char* kVersionedName = "dltensor_versioned";

// A consumer renames the capsule and takes the tensor over; else it goes with the capsule.
template <typename Managed>
void destroy_capsule(PyObject* capsule) {
  const char* name = std::is_same_v<Managed, DLManagedTensor> ? kName : kVersionedName;
  if (!PyCapsule_IsValid(capsule, name)) return;
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  if (managed->deleter != nullptr) managed->deleter(managed);
}

// Whether the consumer takes versioned tensors.
bool takes_versioned(nb::handle max_version) {
  return !max_version.is_none() && nb::cast<int>(max_version[0]) >= 1;
}

nb::object capsule_from(void* managed, bool versioned) {
  if (!versioned) return owned(PyCapsule_New(managed, kName, destroy_capsule<DLManagedTensor>));
  return owned(PyCapsule_New(managed, kVersionedName, destroy_capsule<DLManagedTensorVersioned>));
}

// A snapshot on the host.
nb::object export_snapshot(const Array& array, bool versioned, bool is_private_copy) {
  void* managed = nullptr;
  check(without_gil([&] { return snt_array_to_dlpack(array.native(), versioned, &managed); }));
  if (versioned && is_private_copy) {
    std::uint64_t& flags = static_cast<DLManagedTensorVersioned*>(managed)->flags;
    flags = (flags & ~kReadOnly) | kIsCopied;
  }
  return capsule_from(managed, versioned);
}

// The array itself, on its device, for use behind `stream`.
nb::object export_shared(const Array& array, nb::handle stream, bool versioned, bool must_copy) {
  // None means the legacy default stream, and -1 that the consumer sees to it that it waits.
  snt_stream behind = SNT_LEGACY_STREAM;
  if (!stream.is_none()) {
    const auto number = nb::cast<std::int64_t>(stream);
    if (number == 0 || number < -1) {
      raise(PyExc_BufferError,
            "stream %R is ambiguous or unknown; it is 1 (the legacy default stream), 2 (the "
            "thread's own), a stream's address, or -1 (nobody waits)",
            stream.ptr());
    }
    behind = static_cast<snt_stream>(number);
  }
  const nb::object duplicate = must_copy ? copy_of(array) : nb::object();
  const Array& exported = must_copy ? array_of(duplicate.ptr()) : array;
  void* managed = nullptr;
  check(without_gil(
      [&] { return snt_array_share_dlpack(exported.native(), behind, versioned, &managed); }));
  if (versioned && must_copy) static_cast<DLManagedTensorVersioned*>(managed)->flags |= kIsCopied;
  return capsule_from(managed, versioned);
}

// The keywords for a producer whose tensor is on a device of the runtime: it makes a stream of ours
// wait for its work.
nb::dict stream_for(const RuntimeRef& runtime, nb::handle value) {
  nb::dict keywords;
  if (!nb::hasattr(value, "__dlpack_device__")) return keywords;
  const nb::object device = value.attr("__dlpack_device__")();
  // Its type may be an enum.
  const auto type = nb::cast<int>(owned(PyNumber_Long(nb::object(device[0]).ptr())));
  if (type != kDeviceCuda && type != kDeviceCudaManaged) return keywords;
  const int ordinal = device_ordinal(runtime, {kDeviceCuda, nb::cast<int>(device[1])});
  if (ordinal >= 0) keywords["stream"] = lent_stream(runtime, ordinal);
  return keywords;
}

// What `value.__dlpack__` makes. Asks for a versioned tensor; producers from before DLPack 1.0 do
// not know the keyword.
nb::object capsule_of(const RuntimeRef& runtime, nb::handle value) {
  const nb::object method = value.attr("__dlpack__");
  const nb::dict keywords = stream_for(runtime, value);
  try {
    return method(nb::arg("max_version") = nb::make_tuple(1, 0), **keywords);
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;
  }
  return method(**keywords);
}

}  // namespace

bool has_dlpack(nb::handle value) { return nb::hasattr(value, "__dlpack__"); }

nb::object from_dlpack(const RuntimeRef& runtime, nb::handle value) {
  if (!has_dlpack(value) && !PyCapsule_CheckExact(value.ptr())) {
    raise(PyExc_TypeError, "%.200s has no __dlpack__", Py_TYPE(value.ptr())->tp_name);
  }
  const nb::object capsule =
      PyCapsule_CheckExact(value.ptr()) ? nb::borrow(value) : capsule_of(runtime, value);
  const bool versioned = PyCapsule_IsValid(capsule.ptr(), kVersionedName);
  const char* name = versioned ? kVersionedName : kName;
  void* managed = PyCapsule_GetPointer(capsule.ptr(), name);
  if (managed == nullptr) raise_current();
  snt_array* array = nullptr;
  check(without_gil(
      [&] { return snt_array_from_dlpack(runtime.native(), managed, versioned, &array); }));
  ArrayHandle handle(array);
  if (PyCapsule_SetName(capsule.ptr(), versioned ? "used_dltensor_versioned" : "used_dltensor") <
      0) {
    raise_current();
  }
  return wrap(std::move(handle), runtime);
}

nb::object to_dlpack(Array& array, nb::handle stream, nb::handle max_version, nb::handle dl_device,
                     nb::handle copy) {
  const bool versioned = takes_versioned(max_version);
  const bool may_copy = copy.is_none() || nb::cast<bool>(copy);
  const bool must_copy = !copy.is_none() && may_copy;
  const nb::tuple own = dlpack_device(array);
  const nb::tuple host = nb::make_tuple(kDeviceCpu, 0);
  const bool to_host = dl_device.is_none() ? own.equal(host) : dl_device.equal(host);
  if (!to_host && !dl_device.is_none() && !dl_device.equal(own)) {
    raise(PyExc_BufferError, "the array is exported to %R or to the CPU, (1, 0), and not to %R",
          own.ptr(), dl_device.ptr());
  }
  if (!to_host) return export_shared(array, stream, versioned, must_copy);
  if (!stream.is_none()) {
    raise(PyExc_BufferError, "the tensor is on the CPU, which has no streams; pass stream=None");
  }
  if (!versioned && !may_copy) {
    raise(PyExc_BufferError,
          "a tensor of DLPack 0 cannot be marked read-only, so it has to be a "
          "copy; ask for max_version=(1, 0)");
  }
  // A consumer that cannot be told that the tensor is read-only gets one that it may write.
  if (versioned && !must_copy) return export_snapshot(array, versioned, false);
  const nb::object duplicate = copy_of(array);
  return export_snapshot(array_of(duplicate.ptr()), versioned, true);
}

nb::tuple dlpack_device(const Array& array) {
  const DlpackDevice device = dlpack_device_of(array.runtime(), snt_array_device(array.native()));
  return nb::make_tuple(device.type, device.id);
}

}  // namespace sennit::python
