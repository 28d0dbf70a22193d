// bindings/python/src/dlpack.cpp: capsules, with the rules of who deletes what and who may write.
#include "dlpack.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

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

nb::object export_tensor(const Array& array, bool versioned, bool is_private_copy) {
  void* managed = nullptr;
  check(without_gil([&] { return snt_array_to_dlpack(array.native(), versioned, &managed); }));
  if (!versioned) return owned(PyCapsule_New(managed, kName, destroy_capsule<DLManagedTensor>));
  if (is_private_copy) {
    std::uint64_t& flags = static_cast<DLManagedTensorVersioned*>(managed)->flags;
    flags = (flags & ~kReadOnly) | kIsCopied;
  }
  return owned(PyCapsule_New(managed, kVersionedName, destroy_capsule<DLManagedTensorVersioned>));
}

// Asks for a versioned tensor; producers from before DLPack 1.0 do not know the keyword.
nb::object capsule_of(nb::handle value) {
  const nb::object method = value.attr("__dlpack__");
  try {
    return method(nb::arg("max_version") = nb::make_tuple(1, 0));
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;
  }
  return method();
}

}  // namespace

bool has_dlpack(nb::handle value) { return nb::hasattr(value, "__dlpack__"); }

nb::object from_dlpack(const RuntimeRef& runtime, nb::handle value) {
  if (!has_dlpack(value) && !PyCapsule_CheckExact(value.ptr())) {
    raise(PyExc_TypeError, "%.200s has no __dlpack__", Py_TYPE(value.ptr())->tp_name);
  }
  const nb::object capsule =
      PyCapsule_CheckExact(value.ptr()) ? nb::borrow(value) : capsule_of(value);
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
  if (!stream.is_none()) {
    raise(PyExc_BufferError, "the tensor is on the CPU, which has no streams; pass stream=None");
  }
  if (!dl_device.is_none() && !dl_device.equal(dlpack_device())) {
    raise(PyExc_BufferError, "an array is exported to the CPU, (1, 0), and not to %R",
          dl_device.ptr());
  }
  const bool versioned = takes_versioned(max_version);
  const bool may_copy = copy.is_none() || nb::cast<bool>(copy);
  const bool must_copy = !copy.is_none() && may_copy;
  if (!versioned && !may_copy) {
    raise(PyExc_BufferError,
          "a tensor of DLPack 0 cannot be marked read-only, so it has to be a "
          "copy; ask for max_version=(1, 0)");
  }
  // A consumer that cannot be told that the tensor is read-only gets one that it may write.
  if (versioned && !must_copy) return export_tensor(array, versioned, false);
  const nb::object duplicate = copy_of(array);
  return export_tensor(array_of(duplicate.ptr()), versioned, true);
}

nb::tuple dlpack_device() { return nb::make_tuple(kDeviceCpu, 0); }

}  // namespace sennit::python
