// bindings/python/src/arguments.cpp: what a launch takes beside arrays, ints and floats.
#include "arguments.h"

#include <cstring>
#include <string>

#include "dtype.h"
#include "errors.h"
#include "scalar.h"

namespace sennit::python {
namespace {

[[noreturn]] void refuse(PyObject* value, const char* kernel, std::size_t position) {
  const bool is_data = nb::hasattr(value, "__dlpack__") || nb::hasattr(value, "__array__") ||
                       PyObject_CheckBuffer(value) || PyList_Check(value) || PyTuple_Check(value);
  raise(PyExc_TypeError,
        "launch '%s': argument %zu is %.200s; kernels take sennit.Array, numbers, raw bytes and "
        "None (a null pointer)%s",
        kernel, position + 1, Py_TYPE(value)->tp_name,
        is_data ? "; sennit.array(x) makes an array, sennit.from_dlpack(x) shares one" : "");
}

void pack_integer(PyObject* value, const char* kernel, std::size_t position, snt_argument& out) {
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(value, &overflow);
  if (small == -1 && PyErr_Occurred()) raise_current();
  out.kind = SNT_ARGUMENT_INT;
  out.value.i = small;
  if (overflow == 0) return;
  const unsigned long long large = overflow > 0 ? PyLong_AsUnsignedLongLong(value) : 0;
  if (overflow < 0 || PyErr_Occurred()) {
    PyErr_Clear();
    raise(PyExc_OverflowError, "launch '%s': argument %zu, %S, does not fit in 64 bits", kernel,
          position + 1, value);
  }
  out.kind = SNT_ARGUMENT_UINT;
  out.value.u = large;
}

void pack_number(PyObject* value, const char* kernel, std::size_t position,
                 std::optional<KeptArguments>& kept, snt_argument& out) {
  if (PyBool_Check(value)) {
    out.kind = SNT_ARGUMENT_BOOL;
    out.value.i = value == Py_True ? 1 : 0;
  } else if (PyIndex_Check(value)) {
    pack_integer(owned(PyNumber_Index(value)).ptr(), kernel, position, out);
  } else if (PyComplex_Check(value)) {
    const Py_complex number = PyComplex_AsCComplex(value);
    if (!kept) kept.emplace();
    out.kind = SNT_ARGUMENT_COMPLEX;
    out.value.data = kept->add({number.real, number.imag});
  } else {
    const double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) raise_current();
    out.kind = SNT_ARGUMENT_FLOAT;
    out.value.f = number;
  }
}

// A NumPy scalar or another single value with the buffer protocol; bytes and bytearray too.
void pack_buffer(PyObject* value, const char* kernel, std::size_t position,
                 std::optional<KeptArguments>& kept, snt_argument& out) {
  if (!kept) kept.emplace();
  Py_buffer& buffer = kept->add_buffer();
  if (PyObject_GetBuffer(value, &buffer, PyBUF_FORMAT | PyBUF_ND) < 0) {
    kept->drop_buffer();
    PyErr_Clear();
    // ml_dtypes' scalars: numbers without a buffer.
    if (is_number(value)) return pack_number(value, kernel, position, kept, out);
    refuse(value, kernel, position);
  }
  const bool raw = PyBytes_Check(value) || PyByteArray_Check(value);
  if (buffer.ndim != 0 && !raw) refuse(value, kernel, position);
  const char* format = buffer.format == nullptr || raw ? "" : buffer.format;
  const std::size_t length = std::strlen(format);
  if (length > 0 && length <= 2 && format[length - 1] == 'P') {  // ctypes.c_void_p
    out.kind = SNT_ARGUMENT_POINTER;
    std::memcpy(&out.value.u, buffer.buf, sizeof out.value.u);
    return;
  }
  const auto dtype =
      dtype_of_format(*format == '\0' ? "V" : format, static_cast<std::size_t>(buffer.itemsize));
  if (dtype) {
    const nb::object number = owned(number_from(*dtype, buffer.buf));
    return pack_number(number.ptr(), kernel, position, kept, out);
  }
  out.kind = SNT_ARGUMENT_BYTES;
  out.bytes = static_cast<std::uint32_t>(buffer.len);
  out.value.data = buffer.buf;
}

}  // namespace

KeptArguments::~KeptArguments() {
  for (Py_buffer& buffer : buffers_) PyBuffer_Release(&buffer);
}

void pack_other_argument(PyObject* value, const char* kernel, std::size_t position,
                         std::optional<KeptArguments>& kept, snt_argument& out) {
  out.bytes = 0;
  if (value == Py_None) {
    out.kind = SNT_ARGUMENT_POINTER;
    out.value.data = nullptr;
  } else if (PyLong_Check(value) || PyFloat_Check(value) || PyComplex_Check(value)) {
    pack_number(value, kernel, position, kept, out);
  } else if (nb::isinstance<Untracked>(value)) {
    out.kind = SNT_ARGUMENT_ARRAY;
    out.bytes = SNT_UNTRACKED;
    out.value.array = array_of(nb::inst_ptr<Untracked>(value)->array.ptr()).native();
  } else if (PyObject_CheckBuffer(value)) {
    pack_buffer(value, kernel, position, kept, out);
  } else if (is_number(value)) {
    pack_number(value, kernel, position, kept, out);
  } else {
    refuse(value, kernel, position);
  }
}

void bind_untracked(nb::module_& module) {
  nb::class_<Untracked>(module, "untracked", nb::is_final(),
                        "Passes an array to one launch that takes no part in its dependencies: "
                        "order is the caller's, with `after` and `wait`.")
      .def(
          "__init__",
          [](Untracked* self, nb::object array) {
            if (find_array(array) == nullptr) {
              raise(PyExc_TypeError, "untracked takes a sennit.Array, not %.200s",
                    Py_TYPE(array.ptr())->tp_name);
            }
            new (self) Untracked{std::move(array)};
          },
          nb::arg("array"), nb::sig("def __init__(self, array: Array, /) -> None"))
      .def_ro("array", &Untracked::array, nb::sig("def array(self) -> Array"));
}

}  // namespace sennit::python
