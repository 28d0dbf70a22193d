// bindings/python/src/creation.cpp: the arrays that data, shapes and orders of users make.
#include "creation.h"

#include <cstring>
#include <optional>

#include "assignment.h"
#include "dlpack.h"
#include "errors.h"
#include "host_data.h"

namespace sennit::python {
namespace {

std::int64_t extent_from(nb::handle value) {
  const Py_ssize_t extent = PyNumber_AsSsize_t(value.ptr(), PyExc_OverflowError);
  if (extent == -1 && PyErr_Occurred()) raise_current();
  return extent;
}

nb::object array_of_array(const RuntimeRef& runtime, Array& from, snt_dtype dtype,
                          snt_order order) {
  nb::object result = create_array(runtime, dtype, from.shape(), order, SNT_EMPTY);
  assign(array_of(result.ptr()), nb::find(&from));
  return result;
}

HostData host_data(nb::handle data, std::optional<snt_dtype> dtype) {
  if (auto buffer = HostData::from_buffer(data)) return std::move(*buffer);
  return HostData::from_sequence(data, dtype);
}

}  // namespace

std::vector<std::int64_t> shape_from(nb::handle shape) {
  if (PyIndex_Check(shape.ptr())) return {extent_from(shape)};
  if (!PySequence_Check(shape.ptr()) || PyUnicode_Check(shape.ptr())) {
    raise(PyExc_TypeError, "a shape is an int or a sequence of ints, not %.200s",
          Py_TYPE(shape.ptr())->tp_name);
  }
  std::vector<std::int64_t> result;
  for (const nb::handle extent : shape) result.push_back(extent_from(extent));
  return result;
}

snt_order order_from(nb::handle order) {
  const char* text = PyUnicode_Check(order.ptr()) ? PyUnicode_AsUTF8(order.ptr()) : "";
  if (text == nullptr) raise_current();
  if (std::strcmp(text, "C") == 0) return SNT_ORDER_C;
  if (std::strcmp(text, "F") == 0) return SNT_ORDER_F;
  raise(PyExc_ValueError, "order is %R; it takes 'C' or 'F'", order.ptr());
}

nb::object array_from(const RuntimeRef& runtime, nb::handle data, nb::handle dtype,
                      snt_order order) {
  std::optional<snt_dtype> wanted;
  if (!dtype.is_none()) wanted = dtype_from(dtype);
  if (Array* from = find_array(data))
    return array_of_array(runtime, *from, wanted.value_or(from->dtype()), order);
  if (has_dlpack(data) && !PyObject_CheckBuffer(data.ptr())) {
    const nb::object imported = from_dlpack(runtime, data);
    Array& from = array_of(imported.ptr());
    return array_of_array(runtime, from, wanted.value_or(from.dtype()), order);
  }
  HostData elements = host_data(data, wanted);
  if (wanted) elements.convert_to(*wanted);
  nb::object result = create_array(runtime, elements.dtype(), elements.shape(), order, SNT_EMPTY);
  Array& array = array_of(result.ptr());
  check(without_gil(
      [&] { return snt_array_write(array.native(), elements.data(), elements.bytes()); }));
  return result;
}

nb::object array_from_bytes(const RuntimeRef& runtime, nb::handle dtype, nb::handle shape,
                            snt_order order, nb::bytes data) {
  nb::object result = create_array(runtime, dtype_from(dtype), shape_from(shape), order, SNT_EMPTY);
  Array& array = array_of(result.ptr());
  check(without_gil([&] { return snt_array_write(array.native(), data.data(), data.size()); }));
  return result;
}

}  // namespace sennit::python
