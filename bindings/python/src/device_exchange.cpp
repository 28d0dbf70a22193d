#include "device_exchange.h"

#include <nanobind/stl/string.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dtype.h"
#include "errors.h"
#include "strided.h"

namespace sennit::python {
namespace {

// "<f4", "|u1": as NumPy spells it, with a letter for the kind and the bytes. Empty for bfloat16,
// which has no letter.
std::string type_string(snt_dtype dtype) {
  char kind = 0;
  switch (dtype) {
    case SNT_BOOL:
      kind = 'b';
      break;
    case SNT_INT8:
    case SNT_INT16:
    case SNT_INT32:
    case SNT_INT64:
      kind = 'i';
      break;
    case SNT_UINT8:
    case SNT_UINT16:
    case SNT_UINT32:
    case SNT_UINT64:
      kind = 'u';
      break;
    case SNT_FLOAT16:
    case SNT_FLOAT32:
    case SNT_FLOAT64:
      kind = 'f';
      break;
    case SNT_COMPLEX64:
    case SNT_COMPLEX128:
      kind = 'c';
      break;
    default:
      return {};
  }
  const std::size_t bytes = snt_dtype_bytes(dtype);
  return (bytes == 1 ? "|" : "<") + std::string(1, kind) + std::to_string(bytes);
}

snt_dtype dtype_of_type_string(const std::string& text) {
  for (snt_dtype dtype = SNT_BOOL; dtype <= SNT_COMPLEX128; ++dtype) {
    if (text == type_string(dtype)) return dtype;
  }
  raise(PyExc_TypeError, "elements of type '%s' are none that arrays have", text.c_str());
}

std::vector<std::int64_t> integers(nb::handle sequence) {
  std::vector<std::int64_t> result;
  for (const nb::handle value : sequence) result.push_back(nb::cast<std::int64_t>(value));
  return result;
}

// Keeps a Python object for memory that arrays use; called on any thread.
void release_owner(void* owner) {
  if (Py_IsInitialized() == 0) return;  // the process ends
  const nb::gil_scoped_acquire acquired;
  Py_DECREF(static_cast<PyObject*>(owner));
}

}  // namespace

DlpackDevice dlpack_device_of(const RuntimeRef& runtime, int ordinal) {
  auto info = sized<snt_device_info>();
  check(snt_runtime_device_info(runtime.native(), ordinal, &info));
  return {info.dlpack_type, info.dlpack_id};
}

int device_ordinal(const RuntimeRef& runtime, const DlpackDevice& device) {
  for (int i = 0; i < snt_runtime_device_count(runtime.native()); ++i) {
    if (dlpack_device_of(runtime, i) == device) return i;
  }
  return -1;
}

snt_stream lent_stream(const RuntimeRef& runtime, int ordinal) {
  snt_stream stream = 0;
  check(snt_runtime_lent_stream(runtime.native(), ordinal, &stream));
  return stream;
}

snt_stream stream_from(nb::handle stream) {
  nb::object handle = nb::borrow(stream);
  if (!PyIndex_Check(stream.ptr())) {
    if (nb::hasattr(stream, "cuda_stream")) {  // PyTorch
      handle = stream.attr("cuda_stream");
    } else if (nb::hasattr(stream, "__cuda_stream__")) {  // (version, handle)
      nb::object described = stream.attr("__cuda_stream__");
      if (PyCallable_Check(described.ptr())) described = described();
      handle = described[1];
    } else if (nb::hasattr(stream, "ptr")) {  // CuPy
      handle = stream.attr("ptr");
    } else {
      raise(PyExc_TypeError,
            "%R is no stream; a CUDA stream is given as an int, a torch.cuda.Stream, a "
            "cupy.cuda.Stream, or an object with __cuda_stream__",
            stream.ptr());
    }
  }
  const nb::object integer = owned(PyNumber_Index(handle.ptr()));
  const unsigned long long value = PyLong_AsUnsignedLongLong(integer.ptr());
  if (PyErr_Occurred()) raise_current();
  return value;
}

nb::object cuda_array_interface(const Array& array) {
  const int device = snt_array_device(array.native());
  if (dlpack_device_of(array.runtime(), device).type != 2) {
    raise(PyExc_AttributeError,
          "the array's runtime has no GPU, so it has no __cuda_array_interface__");
  }
  const std::string type = type_string(array.dtype());
  if (type.empty()) {
    raise(PyExc_AttributeError, "__cuda_array_interface__ has no name for %s; use DLPack",
          snt_dtype_name(array.dtype()));
  }
  const snt_stream stream = lent_stream(array.runtime(), device);
  void* data = nullptr;
  check(without_gil([&] { return snt_array_device_data(array.native(), stream, &data); }));
  nb::dict result;
  result["shape"] = tuple_of(array.shape());
  result["typestr"] = type.c_str();
  result["data"] = nb::make_tuple(reinterpret_cast<std::uintptr_t>(data), false);
  result["strides"] =
      array.info().c_contiguous != 0 ? nb::object(nb::none()) : tuple_of(array.strides());
  result["version"] = 3;
  result["stream"] = stream;
  return result;
}

nb::object from_cuda_array(const RuntimeRef& runtime, nb::handle value, int device) {
  if (!nb::hasattr(value, "__cuda_array_interface__")) {
    raise(PyExc_TypeError, "%.200s has no __cuda_array_interface__", Py_TYPE(value.ptr())->tp_name);
  }
  const nb::dict described = nb::cast<nb::dict>(value.attr("__cuda_array_interface__"));
  const auto entry = [&](const char* name) -> nb::object {
    return described.contains(name) ? nb::object(described[name]) : nb::object(nb::none());
  };
  if (!entry("mask").is_none()) raise(PyExc_ValueError, "a masked array cannot be taken");
  const std::vector<std::int64_t> shape = integers(described["shape"]);
  const nb::object strides_entry = entry("strides");
  std::vector<std::int64_t> strides;
  if (!strides_entry.is_none()) strides = integers(strides_entry);
  if (!strides.empty() && strides.size() != shape.size()) {
    raise(PyExc_ValueError, "%zu strides for %zu dimensions", strides.size(), shape.size());
  }
  const nb::object data = described["data"];

  auto memory = sized<snt_device_memory>();
  memory.device = device;
  memory.dtype = dtype_of_type_string(nb::cast<std::string>(described["typestr"]));
  memory.data = reinterpret_cast<void*>(nb::cast<std::uintptr_t>(data[0]));
  memory.dimensions = static_cast<std::int32_t>(shape.size());
  memory.shape = shape.data();
  memory.strides_bytes = strides.empty() ? nullptr : strides.data();
  // From version 3 on, None means that nobody need wait. Before, it was not said.
  memory.stream = SNT_NO_STREAM;
  if (!described.contains("stream")) {
    memory.stream = SNT_LEGACY_STREAM;
  } else if (!entry("stream").is_none()) {
    memory.stream = stream_from(entry("stream"));
  }
  memory.release = release_owner;
  memory.user = value.ptr();

  Py_INCREF(value.ptr());
  snt_array* array = nullptr;
  snt_error* const error =
      without_gil([&] { return snt_array_from_device_memory(runtime.native(), &memory, &array); });
  if (error != nullptr) Py_DECREF(value.ptr());
  check(error);
  nb::object result = wrap(ArrayHandle(array), runtime);
  return nb::cast<bool>(data[1]) ? copy_of(array_of(result.ptr())) : result;
}

}  // namespace sennit::python
