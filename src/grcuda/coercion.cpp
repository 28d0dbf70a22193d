#include "grcuda/coercion.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/half.h"
#include "base/text.h"

namespace sennit::grcuda {
namespace {

struct NamedType {
  std::string_view name;
  Dtype dtype;
};

// An integer of 64 bits without a sign is left out: what dynamic languages call an integer does not
// hold it. In the order in which messages list them.
constexpr NamedType kElementTypes[] = {{"char", Dtype::Int8},     {"short", Dtype::Int16},
                                       {"int", Dtype::Int32},     {"long", Dtype::Int64},
                                       {"float", Dtype::Float32}, {"double", Dtype::Float64},
                                       {"boolean", Dtype::Bool}};

bool is_element_type(const DtypeInfo& type) {
  return type.kind != DtypeKind::Complex && type.dtype != Dtype::UInt64;
}

// T is narrower than 64 bits, or signed.
template <typename T>
bool store_integer(const Any& any, void* element) {
  const auto value = find_integer(any);
  if (!value) return false;
  if (*value < std::int64_t{std::numeric_limits<T>::min()}) return false;
  if (*value > std::int64_t{std::numeric_limits<T>::max()}) return false;
  const T narrow = static_cast<T>(*value);
  std::memcpy(element, &narrow, sizeof narrow);
  return true;
}

template <typename T>
bool store_float(const Any& any, void* element) {
  const auto value = find_number(any);
  if (!value) return false;
  const T narrow = static_cast<T>(*value);
  std::memcpy(element, &narrow, sizeof narrow);
  return true;
}

bool store_bool(const Any& any, void* element) {
  const bool* const truth = std::get_if<bool>(&any);
  const auto number = truth != nullptr ? std::optional<std::int64_t>(*truth) : find_integer(any);
  if (!number || *number < 0 || *number > 1) return false;
  *static_cast<unsigned char*>(element) = static_cast<unsigned char>(*number);
  return true;
}

template <typename T>
T load(const void* element) {
  T value;
  std::memcpy(&value, element, sizeof value);
  return value;
}

}  // namespace

std::optional<std::int64_t> find_integer(const Any& any) {
  if (const auto* integer = std::get_if<std::int64_t>(&any)) return *integer;
  const auto* real = std::get_if<double>(&any);
  if (real == nullptr || *real != std::trunc(*real)) return std::nullopt;
  if (*real < -0x1p63 || *real >= 0x1p63) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

std::optional<double> find_number(const Any& any) {
  if (const auto* real = std::get_if<double>(&any)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(&any)) return static_cast<double>(*integer);
  return std::nullopt;
}

std::int64_t integer_from(const Any& any, std::string_view what) {
  if (const auto integer = find_integer(any)) return *integer;
  raise(ErrorCode::InvalidArgument,
        format("integer expected for {}, and it was given {}", what, describe(any)));
}

const std::string& string_from(const Any& any, std::string_view what) {
  if (const auto* text = std::get_if<std::string>(&any)) return *text;
  raise(ErrorCode::InvalidArgument,
        format("string expected for {}, and it was given {}", what, describe(any)));
}

ValueRef object_from(const Any& any, std::string_view what) {
  if (const auto* value = std::get_if<ValueRef>(&any)) return *value;
  raise(ErrorCode::InvalidArgument,
        format("object expected for {}, and it was given {}", what, describe(any)));
}

std::uint64_t address_from(const Any& any, std::string_view what) {
  if (const auto integer = find_integer(any)) return static_cast<std::uint64_t>(*integer);
  if (const auto* value = std::get_if<ValueRef>(&any)) {
    if (const auto address = (*value)->address()) return *address;
  }
  raise(ErrorCode::InvalidArgument,
        format("pointer or integer address expected for {}, and it was given {}", what,
               describe(any)));
}

std::string_view element_type_name(Dtype dtype) {
  for (const NamedType& row : kElementTypes) {
    if (row.dtype == dtype) return row.name;
  }
  return name_of(dtype);
}

std::optional<Dtype> find_element_type(std::string_view name) {
  for (const NamedType& row : kElementTypes) {
    if (row.name == name) return row.dtype;
  }
  for (const DtypeInfo& row : dtypes()) {
    if (row.name == name && is_element_type(row)) return row.dtype;
  }
  return std::nullopt;
}

Dtype element_type_from(std::string_view name) {
  if (const auto dtype = find_element_type(name)) return *dtype;
  std::vector<std::string_view> known;
  for (const NamedType& row : kElementTypes) known.push_back(row.name);
  for (const DtypeInfo& row : dtypes()) {
    if (is_element_type(row)) known.push_back(row.name);
  }
  raise(ErrorCode::InvalidArgument,
        format("invalid type '{}' for the elements of an array; known: {}", name, join(known)));
}

Any load_element(Dtype dtype, const void* element) {
  switch (dtype) {
    case Dtype::Bool:
      return load<std::uint8_t>(element) != 0;
    case Dtype::Int8:
      return std::int64_t{load<std::int8_t>(element)};
    case Dtype::Int16:
      return std::int64_t{load<std::int16_t>(element)};
    case Dtype::Int32:
      return std::int64_t{load<std::int32_t>(element)};
    case Dtype::Int64:
      return load<std::int64_t>(element);
    case Dtype::UInt8:
      return std::int64_t{load<std::uint8_t>(element)};
    case Dtype::UInt16:
      return std::int64_t{load<std::uint16_t>(element)};
    case Dtype::UInt32:
      return std::int64_t{load<std::uint32_t>(element)};
    case Dtype::Float16:
      return from_float16(load<std::uint16_t>(element));
    case Dtype::BFloat16:
      return from_bfloat16(load<std::uint16_t>(element));
    case Dtype::Float32:
      return static_cast<double>(load<float>(element));
    case Dtype::Float64:
      return load<double>(element);
    case Dtype::UInt64:
    case Dtype::Complex64:
    case Dtype::Complex128:
      break;
  }
  fail("an element type that no number of a GrCUDA program stands for");
}

bool store_element(Dtype dtype, const Any& any, void* element) {
  switch (dtype) {
    case Dtype::Bool:
      return store_bool(any, element);
    case Dtype::Int8:
      return store_integer<std::int8_t>(any, element);
    case Dtype::Int16:
      return store_integer<std::int16_t>(any, element);
    case Dtype::Int32:
      return store_integer<std::int32_t>(any, element);
    case Dtype::Int64:
      return store_integer<std::int64_t>(any, element);
    case Dtype::UInt8:
      return store_integer<std::uint8_t>(any, element);
    case Dtype::UInt16:
      return store_integer<std::uint16_t>(any, element);
    case Dtype::UInt32:
      return store_integer<std::uint32_t>(any, element);
    case Dtype::Float32:
      return store_float<float>(any, element);
    case Dtype::Float64:
      return store_float<double>(any, element);
    case Dtype::Float16:
    case Dtype::BFloat16: {
      const auto value = find_number(any);
      if (!value) return false;
      const std::uint16_t bits =
          dtype == Dtype::Float16 ? float16_bits(*value) : bfloat16_bits(*value);
      std::memcpy(element, &bits, sizeof bits);
      return true;
    }
    case Dtype::UInt64:
    case Dtype::Complex64:
    case Dtype::Complex128:
      break;
  }
  fail("an element type that no number of a GrCUDA program stands for");
}

void store_element_or_raise(Dtype dtype, const Any& any, void* element) {
  if (store_element(dtype, any, element)) return;
  raise(ErrorCode::InvalidArgument,
        format("value cannot be coerced to {}: {}", element_type_name(dtype), describe(any)));
}

bool is_number(const Any& any) {
  return std::holds_alternative<std::int64_t>(any) || std::holds_alternative<double>(any);
}

}  // namespace sennit::grcuda
