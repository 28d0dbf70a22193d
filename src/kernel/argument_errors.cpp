// kernel/argument_errors.cpp: the messages for arguments that a kernel does not take.

#include "kernel/argument_errors.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

using Kind = Argument::Kind;

std::string shown(const ArrayView& view) {
  std::string sizes;
  for (const std::size_t size : view.shape) sizes += format("{}{}", sizes.empty() ? "" : ",", size);
  return format("{}[{}]", name_of(view.dtype), sizes);
}

std::string shown(const Argument& argument) {
  switch (argument.kind) {
    case Kind::Array:
      return shown(*argument.array);
    case Kind::Bool:
      return argument.boolean ? "the bool true" : "the bool false";
    case Kind::Int:
      return format("the integer {}", argument.integer);
    case Kind::UInt:
      return format("the integer {}", argument.natural);
    case Kind::Float:
      return format("the float {}", argument.real);
    case Kind::Complex:
      return format("the complex number {}{:+}i", argument.complex->real(),
                    argument.complex->imag());
    case Kind::Bytes:
      return format("{} raw bytes", argument.bytes);
    case Kind::DevicePointer:
      return format("the device pointer {:#x}", argument.natural);
    case Kind::Null:
      return "null";
  }
  fail(format("no kind of argument has the value {}", static_cast<int>(argument.kind)));
}

// "int32, -2147483648 to 2147483647"
template <typename T>
std::string range_of(std::string_view name) {
  return format("{}, {} to {}", name, std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

std::string integer_range(Dtype dtype) {
  const std::string_view name = name_of(dtype);
  switch (dtype) {
    case Dtype::Bool:
      return "bool, 0 or 1";
    case Dtype::Int8:
      return range_of<std::int8_t>(name);
    case Dtype::Int16:
      return range_of<std::int16_t>(name);
    case Dtype::Int32:
      return range_of<std::int32_t>(name);
    case Dtype::Int64:
      return range_of<std::int64_t>(name);
    case Dtype::UInt8:
      return range_of<std::uint8_t>(name);
    case Dtype::UInt16:
      return range_of<std::uint16_t>(name);
    case Dtype::UInt32:
      return range_of<std::uint32_t>(name);
    case Dtype::UInt64:
      return range_of<std::uint64_t>(name);
    default:
      return std::string(name);
  }
}

bool is_integer(Dtype dtype) {
  const DtypeKind kind = info(dtype).kind;
  return kind == DtypeKind::Signed || kind == DtypeKind::Unsigned;
}

std::string pointer_problem(const Parameter& parameter, const Argument& argument) {
  const ElementType& to = parameter.type;
  const bool typed_as_shown = to.components == 1 || !to.dtype;
  const std::string takes =
      typed_as_shown ? format("a pointer to {}", to.name)
                     : format("a pointer to {}, an array of {}", to.name, name_of(*to.dtype));
  if (argument.kind == Kind::Array && to.arrays.contains(argument.array->dtype)) {
    return format(
        "is {} that starts at byte {} of its array; the kernel takes {}, which starts at "
        "a multiple of {}",
        shown(argument), argument.array->first_byte, takes, to.alignment);
  }
  if (argument.kind == Kind::DevicePointer) {
    return format("is {}; the kernel takes {}, which starts at a multiple of {}", shown(argument),
                  takes, to.alignment);
  }
  return format("is {}; the kernel takes {}", shown(argument), takes);
}

std::string scalar_problem(const Parameter& parameter, const Argument& argument) {
  const Dtype dtype = *parameter.type.dtype;
  const bool number = argument.kind == Kind::Int || argument.kind == Kind::UInt;
  if (number) return format("is {}; the kernel takes {}", shown(argument), integer_range(dtype));
  if (argument.kind == Kind::Float && is_integer(dtype)) {
    const double value = argument.real;
    const bool whole = std::isfinite(value) && value == std::trunc(value);
    return format("is {}; the kernel takes {}{}", shown(argument), integer_range(dtype),
                  whole ? "; pass an integer" : "");
  }
  if (argument.kind == Kind::Bytes) {
    return format("is {}; the kernel takes {}, {} bytes", shown(argument), name_of(dtype),
                  parameter.bytes());
  }
  return format("is {}; the kernel takes one {}", shown(argument), name_of(dtype));
}

std::string problem(const Parameter& parameter, const Argument& argument) {
  switch (parameter.kind) {
    case ParameterKind::Pointer:
      return pointer_problem(parameter, argument);
    case ParameterKind::Scalar:
      return scalar_problem(parameter, argument);
    case ParameterKind::Struct:
      break;
  }
  return format("is {}; the kernel takes {} by value, {} raw bytes", shown(argument),
                parameter.type.name, parameter.bytes());
}

}  // namespace

void raise_wrong_count(const Signature& signature, std::size_t given) {
  const std::size_t taken = signature.parameters().size();
  raise(ErrorCode::InvalidArgument,
        format("launch '{}': {} argument{} given; the kernel takes {}: {}", signature.kernel(),
               given, given == 1 ? "" : "s", taken, signature.to_string()));
}

void raise_wrong_argument(const Signature& signature, std::size_t index, const Argument& argument) {
  const Parameter& parameter = signature.parameters()[index];
  const std::string name = parameter.name.empty() ? "" : format(" ('{}')", parameter.name);
  raise(ErrorCode::InvalidArgument, format("launch '{}': argument {}{} {}", signature.kernel(),
                                           index + 1, name, problem(parameter, argument)));
}

}  // namespace sennit
