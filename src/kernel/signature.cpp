// kernel/signature.cpp: layout of packed parameters, and signatures as text.

#include "kernel/signature.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

using Store = Signature::Slot::Store;

// Store::Bool is Dtype::Bool, and so on to Complex128.
static_assert(static_cast<int>(Store::Bool) == static_cast<int>(Dtype::Bool));
static_assert(static_cast<int>(Store::Complex128) == static_cast<int>(Dtype::Complex128));

Store store_of(const Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::Pointer:
      return Store::Pointer;
    case ParameterKind::Struct:
      return Store::Bytes;
    case ParameterKind::Scalar:
      break;
  }
  return static_cast<Store>(*parameter.type.dtype);
}

std::string_view word(AccessMode access) {
  switch (access) {
    case AccessMode::None:  // what the kernel is found not to use; it may as well be declared so
    case AccessMode::Read:
      return "in";
    case AccessMode::Overwrite:
      return "out";
    case AccessMode::ReadWrite:
      return "inout";
  }
  fail(format("no access mode has the value {}", static_cast<int>(access)));
}

std::string to_string(const Parameter& parameter) {
  std::string text = parameter.name.empty() ? "" : parameter.name + ": ";
  switch (parameter.kind) {
    case ParameterKind::Pointer:
      return text + format("{} pointer {}", word(parameter.access), parameter.type.name);
    case ParameterKind::Scalar:
      return text + std::string(name_of(*parameter.type.dtype));
    case ParameterKind::Struct:
      return text + format("struct {} align {}", parameter.type.bytes, parameter.type.alignment);
  }
  fail("a parameter is no pointer, scalar or struct");
}

}  // namespace

Parameter pointer_parameter(std::string name, ElementType to, AccessMode access) {
  return {std::move(name), ParameterKind::Pointer, std::move(to), access};
}

Parameter value_parameter(std::string name, ElementType type) {
  Parameter parameter{std::move(name), ParameterKind::Struct, std::move(type), AccessMode::Read};
  ElementType& value = parameter.type;
  if (value.dtype && value.components == 1) {
    parameter.kind = ParameterKind::Scalar;
  } else if (value.components == 2 && value.dtype == Dtype::Float32) {
    parameter.kind = ParameterKind::Scalar;
    value.dtype = Dtype::Complex64;
    value.components = 1;
  } else if (value.components == 2 && value.dtype == Dtype::Float64) {
    parameter.kind = ParameterKind::Scalar;
    value.dtype = Dtype::Complex128;
    value.components = 1;
  }
  return parameter;
}

Signature::Signature(std::string kernel, std::vector<Parameter> parameters)
    : kernel_(std::move(kernel)), parameters_(std::move(parameters)) {
  std::size_t end = 0;
  for (const Parameter& parameter : parameters_) {
    const std::size_t alignment = parameter.alignment();
    const std::size_t offset = (end + alignment - 1) / alignment * alignment;
    end = offset + parameter.bytes();
    offsets_.push_back(static_cast<std::uint32_t>(offset));

    const bool pointer = parameter.kind == ParameterKind::Pointer;
    slots_.push_back({store_of(parameter), parameter.access,
                      static_cast<std::uint16_t>(pointer ? parameter.type.alignment - 1 : 0),
                      static_cast<std::uint32_t>(offset), parameter.bytes(),
                      parameter.type.arrays});
  }
  packed_bytes_ = end;
}

std::string Signature::to_string() const {
  std::vector<std::string> items;
  for (const Parameter& parameter : parameters_) items.push_back(sennit::to_string(parameter));
  return kernel_ + "(" + join(items) + ")";
}

}  // namespace sennit
