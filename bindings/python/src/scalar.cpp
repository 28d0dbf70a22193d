// bindings/python/src/scalar.cpp: numbers in and out of elements, and between element types.
#include "scalar.h"

#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "errors.h"
#include "half.h"

namespace sennit::python {
namespace {

template <typename T>
struct IsComplex : std::false_type {};
template <typename T>
struct IsComplex<std::complex<T>> : std::true_type {};

template <typename T>
constexpr bool kHalf = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;

// Calls `visitor` with a value of the C++ type that has the bytes of `dtype`.
template <typename Visitor>
decltype(auto) visit(snt_dtype dtype, Visitor&& visitor) {
  switch (dtype) {
    case SNT_BOOL:
      return visitor(bool{});
    case SNT_INT8:
      return visitor(std::int8_t{});
    case SNT_INT16:
      return visitor(std::int16_t{});
    case SNT_INT32:
      return visitor(std::int32_t{});
    case SNT_INT64:
      return visitor(std::int64_t{});
    case SNT_UINT8:
      return visitor(std::uint8_t{});
    case SNT_UINT16:
      return visitor(std::uint16_t{});
    case SNT_UINT32:
      return visitor(std::uint32_t{});
    case SNT_UINT64:
      return visitor(std::uint64_t{});
    case SNT_FLOAT16:
      return visitor(Float16{});
    case SNT_BFLOAT16:
      return visitor(BFloat16{});
    case SNT_FLOAT32:
      return visitor(float{});
    case SNT_FLOAT64:
      return visitor(double{});
    case SNT_COMPLEX64:
      return visitor(std::complex<float>{});
    case SNT_COMPLEX128:
      return visitor(std::complex<double>{});
    default:
      raise(PyExc_SystemError, "no element type has the value %d", static_cast<int>(dtype));
  }
}

template <typename T>
PyObject* to_python(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return PyBool_FromLong(value);
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    return PyLong_FromLongLong(value);
  } else if constexpr (std::is_integral_v<T>) {
    return PyLong_FromUnsignedLongLong(value);
  } else if constexpr (IsComplex<T>::value) {
    return PyComplex_FromDoubles(static_cast<double>(value.real()),
                                 static_cast<double>(value.imag()));
  } else {
    return PyFloat_FromDouble(static_cast<double>(value));
  }
}

// The integer that `number` is exactly, as a Python int.
nb::object exact_integer(nb::handle number, snt_dtype dtype) {
  if (PyIndex_Check(number.ptr())) return owned(PyNumber_Index(number.ptr()));
  if (PyComplex_Check(number.ptr())) {
    raise(PyExc_TypeError, "%R is a complex number; the array has %s", number.ptr(),
          snt_dtype_name(dtype));
  }
  const nb::object real = owned(PyNumber_Float(number.ptr()));
  const double value = PyFloat_AS_DOUBLE(real.ptr());
  if (!std::isfinite(value) || value != std::trunc(value)) {
    raise(PyExc_ValueError, "%R is no integer; the array has %s: round it first", number.ptr(),
          snt_dtype_name(dtype));
  }
  return owned(PyLong_FromDouble(value));
}

template <typename T>
T integer_from(nb::handle number, snt_dtype dtype) {
  const nb::object integer = exact_integer(number, dtype);
  if constexpr (std::is_signed_v<T>) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(integer.ptr(), &overflow);
    if (overflow == 0 && value >= std::numeric_limits<T>::min() &&
        value <= std::numeric_limits<T>::max()) {
      return static_cast<T>(value);
    }
  } else {
    const unsigned long long value = PyLong_AsUnsignedLongLong(integer.ptr());
    if (value == static_cast<unsigned long long>(-1) && PyErr_Occurred()) {
      PyErr_Clear();
    } else if (value <= std::numeric_limits<T>::max()) {
      return static_cast<T>(value);
    }
  }
  raise(PyExc_OverflowError, "%S does not fit in %s", integer.ptr(), snt_dtype_name(dtype));
}

template <typename T>
T from_python(nb::handle number, snt_dtype dtype) {
  if constexpr (std::is_same_v<T, bool>) {
    const int truth = PyObject_IsTrue(number.ptr());
    if (truth < 0) raise_current();
    return truth != 0;
  } else if constexpr (std::is_integral_v<T>) {
    return integer_from<T>(number, dtype);
  } else if constexpr (IsComplex<T>::value) {
    const Py_complex value = PyComplex_AsCComplex(number.ptr());
    if (value.real == -1.0 && PyErr_Occurred()) raise_current();
    return T(static_cast<typename T::value_type>(value.real),
             static_cast<typename T::value_type>(value.imag));
  } else {
    const double value = PyFloat_AsDouble(number.ptr());
    if (value == -1.0 && PyErr_Occurred()) raise_current();
    return static_cast<T>(value);
  }
}

template <typename To, typename From>
To convert(From value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (kHalf<From>) {
    return convert<To>(static_cast<double>(value));
  } else if constexpr (kHalf<To>) {
    if constexpr (IsComplex<From>::value) {
      return convert<To>(value.real());
    } else {
      return To(static_cast<double>(value));
    }
  } else if constexpr (IsComplex<To>::value && IsComplex<From>::value) {
    return To(value);
  } else if constexpr (IsComplex<To>::value) {
    return To(static_cast<typename To::value_type>(value));
  } else if constexpr (IsComplex<From>::value) {
    if constexpr (std::is_same_v<To, bool>) {
      return value != From{};
    } else {
      return convert<To>(value.real());
    }
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // Out of range is undefined in C++, so it goes through the widest type or becomes its lowest.
    if (value >= static_cast<From>(0x1p63) && value < static_cast<From>(0x1p64))
      return static_cast<To>(static_cast<std::uint64_t>(value));
    if (value >= static_cast<From>(-0x1p63) && value < static_cast<From>(0x1p63))
      return static_cast<To>(static_cast<std::int64_t>(value));
    return static_cast<To>(std::numeric_limits<std::int64_t>::min());
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace

PyObject* number_from(snt_dtype dtype, const void* element) {
  return visit(dtype, [&](auto value) {
    std::memcpy(&value, element, sizeof(value));
    return to_python(value);
  });
}

void store_number(nb::handle number, snt_dtype dtype, void* element) {
  if (!is_number(number)) {
    raise(PyExc_TypeError, "%.200s is no number; the array has %s", Py_TYPE(number.ptr())->tp_name,
          snt_dtype_name(dtype));
  }
  visit(dtype, [&](auto value) {
    value = from_python<decltype(value)>(number, dtype);
    std::memcpy(element, &value, sizeof(value));
  });
}

bool is_number(nb::handle value) {
  PyObject* const object = value.ptr();
  if (PyLong_Check(object) || PyFloat_Check(object) || PyComplex_Check(object)) return true;
  return PyNumber_Check(object) && !PySequence_Check(object);
}

void convert_elements(snt_dtype from, const void* source, snt_dtype to, void* target,
                      std::size_t count) {
  visit(from, [&](auto from_type) {
    visit(to, [&](auto to_type) {
      using From = decltype(from_type);
      using To = decltype(to_type);
      const auto* in = static_cast<const unsigned char*>(source);
      auto* out = static_cast<unsigned char*>(target);
      for (std::size_t i = 0; i < count; ++i) {
        From value;
        std::memcpy(&value, in + i * sizeof(From), sizeof(From));
        const To converted = convert<To>(value);
        std::memcpy(out + i * sizeof(To), &converted, sizeof(To));
      }
    });
  });
}

}  // namespace sennit::python
