// bindings/python/src/dtype.cpp: element types found by name, and bound as sennit.dtype.
#include "dtype.h"

#include <nanobind/stl/string.h>

#include <cstring>
#include <string>

#include "errors.h"

namespace sennit::python {
namespace {

constexpr bool kLittleEndian = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

std::optional<snt_dtype> find_name(const char* name) {
  snt_dtype dtype = 0;
  const ErrorHandle error(snt_dtype_parse(name, &dtype));
  if (error) return std::nullopt;
  return dtype;
}

std::optional<snt_dtype> find_python_type(nb::handle type) {
  const auto* object = reinterpret_cast<const PyTypeObject*>(type.ptr());
  if (object == &PyBool_Type) return SNT_BOOL;
  if (object == &PyLong_Type) return SNT_INT64;
  if (object == &PyFloat_Type) return SNT_FLOAT64;
  if (object == &PyComplex_Type) return SNT_COMPLEX128;
  // numpy.float32, ml_dtypes.bfloat16: scalar types are named as the element types are.
  const nb::str name(nb::getattr(type, "__name__", nb::str("")));
  if (std::strcmp(name.c_str(), "bool_") == 0) return SNT_BOOL;
  return find_name(name.c_str());
}

std::string text_of(nb::handle value) { return nb::repr(value).c_str(); }

// NumPy's own, so that NumPy takes a sennit.dtype wherever it takes a dtype.
nb::object numpy_dtype(const Dtype& dtype) {
  if (dtype.value == SNT_BFLOAT16) {
    return nb::module_::import_("numpy").attr("dtype")(
        nb::module_::import_("ml_dtypes").attr("bfloat16"));
  }
  return nb::module_::import_("numpy").attr("dtype")(dtype.name());
}

}  // namespace

std::optional<snt_dtype> find_dtype(nb::handle value) {
  const Dtype* known = nullptr;
  if (nb::try_cast(value, known) && known != nullptr) return known->value;
  if (nb::isinstance<nb::str>(value)) return find_name(nb::borrow<nb::str>(value).c_str());
  if (PyType_Check(value.ptr())) return find_python_type(value);
  // numpy.dtype. Its name does not tell its byte order.
  const nb::object name = nb::getattr(value, "name", nb::none());
  if (!nb::isinstance<nb::str>(name) || !nb::hasattr(value, "itemsize")) return std::nullopt;
  if (!nb::cast<bool>(nb::getattr(value, "isnative", nb::bool_(true)))) return std::nullopt;
  return find_name(nb::borrow<nb::str>(name).c_str());
}

snt_dtype dtype_from(nb::handle value) {
  if (const auto found = find_dtype(value)) return *found;
  if (nb::isinstance<nb::str>(value)) {
    snt_dtype unused = 0;
    check(snt_dtype_parse(nb::borrow<nb::str>(value).c_str(), &unused));
  }
  raise(PyExc_TypeError,
        "%s is no element type; known: bool, int8, ..., uint64, float16, bfloat16, "
        "float32, float64, complex64, complex128, in the machine's byte order",
        text_of(value).c_str());
}

const char* buffer_format(snt_dtype dtype) {
  switch (dtype) {
    case SNT_BOOL:
      return "?";
    case SNT_INT8:
      return "b";
    case SNT_INT16:
      return "h";
    case SNT_INT32:
      return "i";
    case SNT_INT64:
      return sizeof(long) == 8 ? "l" : "q";
    case SNT_UINT8:
      return "B";
    case SNT_UINT16:
      return "H";
    case SNT_UINT32:
      return "I";
    case SNT_UINT64:
      return sizeof(long) == 8 ? "L" : "Q";
    case SNT_FLOAT16:
      return "e";
    case SNT_FLOAT32:
      return "f";
    case SNT_FLOAT64:
      return "d";
    case SNT_COMPLEX64:
      return "Zf";
    case SNT_COMPLEX128:
      return "Zd";
    default:
      return nullptr;
  }
}

std::optional<snt_dtype> dtype_of_format(const char* format, std::size_t item_bytes) {
  if (format == nullptr) format = "B";
  const bool swapped = *format == (kLittleEndian ? '>' : '<') || (*format == '!' && kLittleEndian);
  if (std::strchr("@=<>!", *format) != nullptr) ++format;
  if (std::strlen(format) == 1) {
    if (swapped && item_bytes > 1) {
      raise(PyExc_ValueError,
            "the buffer's byte order is not the machine's; convert it first, "
            "with NumPy: x.astype(x.dtype.newbyteorder('='))");
    }
    const bool is_signed = std::strchr("bhilqn", *format) != nullptr;
    if (is_signed || std::strchr("cBHILQN", *format) != nullptr) {
      switch (item_bytes) {
        case 1:
          return is_signed ? SNT_INT8 : SNT_UINT8;
        case 2:
          return is_signed ? SNT_INT16 : SNT_UINT16;
        case 4:
          return is_signed ? SNT_INT32 : SNT_UINT32;
        case 8:
          return is_signed ? SNT_INT64 : SNT_UINT64;
        default:
          return std::nullopt;
      }
    }
  }
  for (const snt_dtype dtype :
       {SNT_BOOL, SNT_FLOAT16, SNT_FLOAT32, SNT_FLOAT64, SNT_COMPLEX64, SNT_COMPLEX128}) {
    if (std::strcmp(format, buffer_format(dtype)) == 0) return dtype;
  }
  return std::nullopt;
}

void bind_dtype(nb::module_& module) {
  nb::class_<Dtype>(module, "Dtype", nb::is_final(),
                    "An element type: equal to its name and to NumPy's dtype of that name.")
      .def(
          "__init__", [](Dtype* self, nb::handle value) { new (self) Dtype{dtype_from(value)}; },
          nb::arg("value"), nb::sig("def __init__(self, value: typing.Any, /) -> None"))
      .def_prop_ro("name", &Dtype::name, "As NumPy spells it: float32.")
      .def_prop_ro("itemsize", &Dtype::bytes, "Bytes of one element.")
      .def_prop_ro("dtype", &numpy_dtype, nb::sig("def dtype(self) -> typing.Any"),
                   "NumPy's dtype, which lets NumPy's functions take this one.")
      .def_prop_ro("__numpy_dtype__", &numpy_dtype,
                   nb::sig("def __numpy_dtype__(self) -> typing.Any"))
      .def("__str__", &Dtype::name)
      .def("__repr__",
           [](const Dtype& self) { return std::string("sennit.dtype('") + self.name() + "')"; })
      .def("__hash__", [](const Dtype& self) { return nb::hash(nb::str(self.name())); })
      .def(
          "__eq__",
          [](const Dtype& self, nb::handle other) { return find_dtype(other) == self.value; },
          nb::arg("other").none(), nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def(
          "__reduce__",
          [](const Dtype& self) {
            return nb::make_tuple(nb::type<Dtype>(), nb::make_tuple(self.name()));
          },
          nb::sig("def __reduce__(self) -> tuple[typing.Any, ...]"));
}

}  // namespace sennit::python
