#include "grcuda/native_type.h"

#include <vector>

#include "base/text.h"

namespace sennit::grcuda {
namespace {

constexpr NativeType kTypes[] = {
    {"void", "v", NativeKind::Void, std::nullopt},
    {"bool", "b", NativeKind::Number, Dtype::Bool},
    {"char", "c", NativeKind::Number, Dtype::Int8},
    {"sint8", "a", NativeKind::Number, Dtype::Int8},
    {"uint8", "h", NativeKind::Number, Dtype::UInt8},
    {"char8", "Du", NativeKind::Number, Dtype::UInt8},
    {"char16", "Ds", NativeKind::Number, Dtype::UInt16},
    {"sint16", "s", NativeKind::Number, Dtype::Int16},
    {"uint16", "t", NativeKind::Number, Dtype::UInt16},
    {"char32", "Di", NativeKind::Number, Dtype::UInt32},
    {"sint32", "i", NativeKind::Number, Dtype::Int32},
    {"uint32", "j", NativeKind::Number, Dtype::UInt32},
    {"wchar", "w", NativeKind::Number, Dtype::Int32},
    {"sint64", "l", NativeKind::Number, Dtype::Int64},
    {"uint64", "m", NativeKind::Number, Dtype::UInt64},
    {"sll64", "x", NativeKind::Number, Dtype::Int64},
    {"ull64", "y", NativeKind::Number, Dtype::UInt64},
    {"float", "f", NativeKind::Number, Dtype::Float32},
    {"double", "d", NativeKind::Number, Dtype::Float64},
    {"string", "PKc", NativeKind::String, std::nullopt},
};

}  // namespace

std::span<const NativeType> native_types() { return kTypes; }

const NativeType* find_native_type(std::string_view name) {
  for (const NativeType& type : kTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

const NativeType& void_type() { return kTypes[0]; }

bool points_to(const NativeType& type, Dtype array) {
  if (!type.dtype) return type.kind == NativeKind::Void;
  const auto as_number = [](Dtype dtype) { return dtype == Dtype::Bool ? Dtype::UInt8 : dtype; };
  return as_number(*type.dtype) == as_number(array);
}

std::string known_native_types() {
  std::vector<std::string_view> names;
  for (const NativeType& type : kTypes) names.push_back(type.name);
  return join(names) + ", pointer";
}

}  // namespace sennit::grcuda
