// bindings/python/src/array.cpp: sennit.Array: its properties and what makes arrays of arrays.
#include "array.h"

#include <nanobind/stl/string.h>

#include <string>
#include <utility>
#include <vector>

#include "assignment.h"
#include "creation.h"
#include "device_exchange.h"
#include "dlpack.h"
#include "dtype.h"
#include "errors.h"
#include "host_view.h"
#include "indexing.h"
#include "scalar.h"
#include "strided.h"

namespace sennit::python {

Array::Array(ArrayHandle handle, RuntimeRef runtime)
    : runtime_(std::move(runtime)), handle_(std::move(handle)), info_(sized<snt_array_info>()) {
  check(snt_array_info_get(handle_.get(), &info_));
  item_bytes_ = snt_dtype_bytes(info_.dtype);
}

nb::object wrap(ArrayHandle handle, const RuntimeRef& runtime) {
  return nb::cast(Array(std::move(handle), runtime));
}

nb::object create_array(const RuntimeRef& runtime, snt_dtype dtype,
                        std::span<const std::int64_t> shape, snt_order order, snt_initial initial) {
  auto config = sized<snt_array_config>();
  config.dtype = dtype;
  config.dimensions = static_cast<std::int32_t>(shape.size());
  config.shape = shape.data();
  config.order = order;
  config.initial = initial;
  snt_array* array = nullptr;
  check(snt_array_create(runtime.native(), &config, &array));
  return wrap(ArrayHandle(array), runtime);
}

nb::object view_of(const Array& array, snt_dtype dtype, std::span<const std::int64_t> shape,
                   std::span<const std::int64_t> strides_bytes, std::int64_t offset_bytes) {
  snt_array* view = nullptr;
  check(snt_array_view(array.native(), dtype, static_cast<std::int32_t>(shape.size()), shape.data(),
                       strides_bytes.data(), offset_bytes, &view));
  return wrap(ArrayHandle(view), array.runtime());
}

nb::object copy_of(const Array& array) {
  nb::object copy =
      create_array(array.runtime(), array.dtype(), array.shape(), SNT_ORDER_C, SNT_EMPTY);
  ++array.runtime()->submissions;
  check(snt_array_copy(array_of(copy.ptr()).native(), array.native()));
  return copy;
}

nb::tuple tuple_of(std::span<const std::int64_t> values) {
  nb::object result = owned(PyTuple_New(static_cast<Py_ssize_t>(values.size())));
  for (std::size_t i = 0; i < values.size(); ++i) {
    PyTuple_SET_ITEM(result.ptr(), static_cast<Py_ssize_t>(i),
                     owned(PyLong_FromLongLong(values[i])).release().ptr());
  }
  return nb::borrow<nb::tuple>(result);
}

nb::str description(const Array& array) {
  std::string text = snt_dtype_name(array.dtype());
  text += "[";
  for (const std::int64_t extent : array.shape()) {
    if (text.back() != '[') text += ", ";
    text += std::to_string(extent);
  }
  return nb::str((text + "]").c_str());
}

namespace {

// ---- other views -------------------------------------------------------------------------------

std::uintptr_t address(const Array& self) {
  void* address = nullptr;
  snt_error* error = nullptr;
  without_gil([&] { error = snt_array_address(self.native(), &address); });
  check(error);
  return reinterpret_cast<std::uintptr_t>(address);
}

nb::object transpose(const Array& self) {
  const std::vector<std::int64_t> shape(self.shape().rbegin(), self.shape().rend());
  const std::vector<std::int64_t> strides(self.strides().rbegin(), self.strides().rend());
  return view_of(self, self.dtype(), shape, strides, 0);
}

// One extent may be -1: what remains.
void infer_extent(const Array& self, std::vector<std::int64_t>& shape) {
  std::int64_t* unknown = nullptr;
  std::int64_t known = 1;
  for (std::int64_t& extent : shape) {
    if (extent != -1) {
      known *= extent;
    } else if (unknown != nullptr) {
      raise(PyExc_ValueError, "only one extent of a shape may be -1");
    } else {
      unknown = &extent;
    }
  }
  if (unknown != nullptr && known != 0 && self.size() % known == 0) *unknown = self.size() / known;
}

nb::object reshape(const Array& self, const nb::args& arguments) {
  std::vector<std::int64_t> shape =
      arguments.size() == 1 ? shape_from(arguments[0]) : shape_from(arguments);
  const std::vector<std::int64_t> asked = shape;
  infer_extent(self, shape);
  bool possible = element_count(shape) == self.size();
  for (const std::int64_t extent : shape) possible = possible && extent >= 0;
  if (!possible) {
    raise(PyExc_ValueError, "cannot reshape %U to %R", description(self).ptr(),
          tuple_of(asked).ptr());
  }
  if (self.info().c_contiguous == 0) {
    raise(PyExc_ValueError,
          "only an array that is contiguous in C order can be reshaped; use "
          "x.copy().reshape(...)");
  }
  return view_of(self, self.dtype(), shape, c_strides(shape, self.item_bytes()), 0);
}

nb::object view_as(const Array& self, nb::handle dtype) {
  const snt_dtype wanted = dtype_from(dtype);
  if (snt_dtype_bytes(wanted) != self.item_bytes()) {
    raise(PyExc_ValueError, "cannot see elements of %s as %s: they differ in size",
          snt_dtype_name(self.dtype()), snt_dtype_name(wanted));
  }
  return view_of(self, wanted, self.shape(), self.strides(), 0);
}

// ---- as Python values --------------------------------------------------------------------------

// The elements from `next` on as nested lists, of which `shape` gives the lengths.
nb::object nested_list(const HostData& data, std::span<const std::int64_t> shape,
                       const unsigned char*& next, std::size_t item_bytes) {
  if (shape.empty()) {
    const unsigned char* const element = next;
    next += item_bytes;
    return owned(number_from(data.dtype(), element));
  }
  nb::object list = owned(PyList_New(static_cast<Py_ssize_t>(shape.front())));
  for (std::int64_t i = 0; i < shape.front(); ++i) {
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i),
                    nested_list(data, shape.subspan(1), next, item_bytes).release().ptr());
  }
  return list;
}

nb::object to_list(const Array& self) {
  const HostData data = read_all(self);
  const unsigned char* next = data.data();
  return nested_list(data, data.shape(), next, self.item_bytes());
}

nb::bytes to_bytes(const Array& self) {
  const HostData data = read_all(self);
  return nb::bytes(reinterpret_cast<const char*>(data.data()), data.bytes());
}

nb::object item(const Array& self) {
  if (self.size() != 1) {
    raise(PyExc_ValueError, "%U has %lld elements; only an array of one is a number",
          description(self).ptr(), static_cast<long long>(self.size()));
  }
  const HostData data = read_all(self);
  return owned(number_from(self.dtype(), data.data()));
}

Py_ssize_t length(PyObject* self) noexcept {
  const Array& array = array_of(self);
  if (array.dimensions() > 0) return static_cast<Py_ssize_t>(array.shape()[0]);
  PyErr_SetString(PyExc_TypeError, "an array of no dimensions has no length; use x.item()");
  return -1;
}

// Numbers of a snapshot, or views of the rows.
PyObject* iterate(PyObject* self) noexcept {
  return guarded(static_cast<PyObject*>(nullptr), [&] {
    const Array& array = array_of(self);
    if (array.dimensions() == 1) return PyObject_GetIter(to_list(array).ptr());
    if (array.dimensions() == 0) raise(PyExc_TypeError, "an array of no dimensions has no rows");
    return PySeqIter_New(self);
  });
}

PyObject* row(PyObject* self, Py_ssize_t index) noexcept {
  return guarded(static_cast<PyObject*>(nullptr),
                 [&] { return array_subscript(self, owned(PyLong_FromSsize_t(index)).ptr()); });
}

std::string repr(const Array& self) {
  return std::string("<sennit.Array ") + description(self).c_str() +
         (snt_array_is_ready(self.native()) != 0 ? ", ready>" : ", being written>");
}

// sennit._numpy and the like: what is easier said in Python.
nb::object helper(const char* module, const char* function) {
  return nb::module_::import_(module).attr(function);
}

nb::object reduce(nb::handle self) {
  const Array& array = array_of(self.ptr());
  const bool fortran = array.info().f_contiguous != 0 && array.info().c_contiguous == 0;
  return nb::make_tuple(helper("sennit", "_unpickle"),
                        nb::make_tuple(snt_dtype_name(array.dtype()), tuple_of(array.shape()),
                                       fortran ? "F" : "C", to_bytes(array)));
}

PyType_Slot slots[] = {
    {Py_mp_subscript, reinterpret_cast<void*>(array_subscript)},
    {Py_mp_ass_subscript, reinterpret_cast<void*>(array_assign_subscript)},
    {Py_mp_length, reinterpret_cast<void*>(length)},
    {Py_sq_length, reinterpret_cast<void*>(length)},
    {Py_sq_item, reinterpret_cast<void*>(row)},
    {Py_tp_iter, reinterpret_cast<void*>(iterate)},
    {Py_bf_getbuffer, reinterpret_cast<void*>(array_get_buffer)},
    {Py_bf_releasebuffer, reinterpret_cast<void*>(array_release_buffer)},
    {0, nullptr},
};

void bind_layout(nb::class_<Array>& array) {
  array.def_prop_ro("dtype", [](const Array& self) { return Dtype{self.dtype()}; })
      .def_prop_ro(
          "shape", [](const Array& self) { return tuple_of(self.shape()); },
          nb::sig("def shape(self) -> tuple[int, ...]"))
      .def_prop_ro(
          "strides", [](const Array& self) { return tuple_of(self.strides()); },
          nb::sig("def strides(self) -> tuple[int, ...]"), "In bytes.")
      .def_prop_ro("ndim", &Array::dimensions)
      .def_prop_ro("size", &Array::size, "Elements.")
      .def_prop_ro("itemsize", &Array::item_bytes, "Bytes of one element.")
      .def_prop_ro("nbytes", &Array::bytes, "Bytes of all elements.")
      .def_prop_ro("pointer", &address,
                   "The address of the first element in the memory of the array's device, an int,\n"
                   "for tables of pointers and linked structures. The array stays there from now\n"
                   "on; kernels that may follow pointers in memory are ordered with all other\n"
                   "work on it.")
      .def_prop_ro(
          "runtime", [](const Array& self) { return self.runtime().object(); },
          nb::sig("def runtime(self) -> Runtime"))
      .def_prop_ro("T", &transpose, nb::sig("def T(self) -> Array"),
                   "A view with the dimensions in reverse.")
      .def("reshape", &reshape,
           nb::sig("def reshape(self, *shape: int | collections.abc.Sequence[int]) -> Array"),
           "A view of another shape; one extent may be -1. The array must be contiguous.")
      .def("view", &view_as, nb::arg("dtype"),
           nb::sig("def view(self, dtype: typing.Any) -> Array"),
           "A view that takes the bytes for elements of another type of the same size.")
      .def("copy", &copy_of, nb::sig("def copy(self) -> Array"),
           "A new array of C order with the same elements. Scheduled; does not wait.");
}

void bind_values(nb::class_<Array>& array) {
  array
      .def("tolist", &to_list, nb::sig("def tolist(self) -> typing.Any"),
           "The elements as Python numbers in nested lists.")
      .def("tobytes", &to_bytes, "The elements in C order.")
      .def("item", &item, nb::sig("def item(self) -> typing.Any"),
           "The one element as a Python number.")
      .def(
          "__int__", [](const Array& self) { return owned(PyNumber_Long(item(self).ptr())); },
          nb::sig("def __int__(self) -> int"))
      .def(
          "__float__", [](const Array& self) { return owned(PyNumber_Float(item(self).ptr())); },
          nb::sig("def __float__(self) -> float"))
      .def("__bool__", [](const Array& self) { return nb::cast<bool>(nb::bool_(item(self))); })
      .def(
          "copy_to", &copy_to, nb::arg("out"),
          nb::sig("def copy_to(self, out: typing.Any) -> None"),
          "Writes the elements to a NumPy array, or another writable buffer, of the same shape and "
          "element type, in C order. For large arrays the fastest way to the host.")
      .def(
          "fill", [](Array& self, nb::handle value) { fill(self, value); }, nb::arg("value"),
          nb::sig("def fill(self, value: complex) -> None"),
          "Sets every element. Scheduled; does not wait.")
      .def("__copy__", &copy_of, nb::sig("def __copy__(self) -> Array"))
      .def(
          "__deepcopy__", [](const Array& self, nb::handle) { return copy_of(self); },
          nb::arg("memo"), nb::sig("def __deepcopy__(self, memo: object, /) -> Array"))
      .def("__reduce__", &reduce, nb::sig("def __reduce__(self) -> tuple[typing.Any, ...]"))
      .def("__repr__", &repr);
}

void bind_exchange(nb::class_<Array>& array) {
  array
      .def(
          "__array__",
          [](nb::handle self, nb::handle dtype, nb::handle copy) {
            return helper("sennit._host", "to_numpy")(self, dtype, copy);
          },
          nb::arg("dtype") = nb::none(), nb::arg("copy") = nb::none(),
          nb::sig("def __array__(self, dtype: typing.Any = None, copy: bool | None = None) -> "
                  "typing.Any"),
          "A NumPy array: a read-only snapshot without a copy, or a copy.")
      .def(
          "writable", [](nb::handle self) { return helper("sennit._host", "Writable")(self); },
          nb::sig("def writable(self) -> typing.Any"),
          "`with x.writable() as view`: a NumPy array, or a memoryview where there is no NumPy, "
          "through which the host writes the array in place. Meanwhile all else that touches "
          "the array raises BusyError.")
      .def(
          "__dlpack__",
          [](Array& self, nb::handle stream, nb::handle max_version, nb::handle dl_device,
             nb::handle copy) { return to_dlpack(self, stream, max_version, dl_device, copy); },
          nb::kw_only(), nb::arg("stream") = nb::none(), nb::arg("max_version") = nb::none(),
          nb::arg("dl_device") = nb::none(), nb::arg("copy") = nb::none(),
          nb::sig("def __dlpack__(self, *, stream: typing.Any = None, "
                  "max_version: tuple[int, int] | None = None, "
                  "dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> "
                  "typing.Any"),
          "On a GPU the array itself, for use behind `stream`; else, and for dl_device=(1, 0), a "
          "snapshot in the host's memory.")
      .def(
          "__dlpack_device__", [](const Array& self) { return dlpack_device(self); },
          nb::sig("def __dlpack_device__(self) -> tuple[int, int]"));
}

void bind_device_exchange(nb::class_<Array>& array) {
  array.def_prop_ro(
      "__cuda_array_interface__", &cuda_array_interface,
      nb::sig("def __cuda_array_interface__(self) -> dict[str, typing.Any]"),
      "The array in the GPU's memory, for CuPy, Numba and PyTorch; AttributeError on other "
      "devices. From its first use on the array is shared: it stays on its device, and what the "
      "host reads or writes is copied each time.");
}

void bind_waiting(nb::class_<Array>& array) {
  array
      .def(
          "is_ready", [](const Array& self) { return snt_array_is_ready(self.native()) != 0; },
          "Whether all that writes the array is known to be done. Never waits.")
      .def(
          "wait",
          [](const Array& self) {
            check(without_gil([&] { return snt_array_wait(self.native()); }));
          },
          "Blocks until all that writes the array is done; raises its failure.")
      .def(
          "ready", [](nb::handle self) { return helper("sennit._host", "ready")(self); },
          nb::sig("def ready(self) -> collections.abc.Awaitable[None]"),
          "`await x.ready()`: as wait, while the event loop goes on.");
}

}  // namespace

void bind_array(nb::module_& module) {
  nb::class_<Array> array(module, "Array", nb::is_final(), nb::type_slots(slots),
                          "Typed N-dimensional data whose bytes may be on several devices and the "
                          "host; or a view of such an array.");
  array_type = reinterpret_cast<PyTypeObject*>(array.ptr());
  bind_layout(array);
  bind_values(array);
  bind_exchange(array);
  bind_device_exchange(array);
  bind_waiting(array);
}

}  // namespace sennit::python
