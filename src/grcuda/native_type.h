// grcuda/native_type.h: the types of native signatures: NIDL's names, sizes and C++ manglings.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/dtype.h"

namespace sennit::grcuda {

enum class NativeKind : std::uint8_t { Void, Number, String };

struct NativeType {
  std::string_view name;     // "sint32"
  std::string_view mangled;  // as the Itanium C++ ABI does: "i"
  NativeKind kind;
  std::optional<Dtype> dtype;  // of a number
};

// One row a type.
std::span<const NativeType> native_types();
// nullptr if unknown.
const NativeType* find_native_type(std::string_view name);
const NativeType& void_type();
// Whether elements of `array` are what a pointer to `type` points to, by GrCUDA's synonyms.
bool points_to(const NativeType& type, Dtype array);
// "bool, char, ...", for messages.
std::string known_native_types();

}  // namespace sennit::grcuda
