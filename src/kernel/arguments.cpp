// kernel/arguments.cpp: checks arguments, packs them, and lists what they access.

#include "kernel/arguments.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/half.h"
#include "kernel/argument_errors.h"

namespace sennit {
namespace {

using Slot = Signature::Slot;
using Store = Slot::Store;
using Kind = Argument::Kind;

template <typename T>
void store(std::byte* at, const T& value) {
  std::memcpy(at, &value, sizeof(value));
}

bool bytes_of_size(const Argument& argument, std::size_t bytes, std::byte* at) {
  if (argument.kind != Kind::Bytes || argument.bytes != bytes) return false;
  std::memcpy(at, argument.data, bytes);
  return true;
}

// ---- Scalars: each returns false if the argument is none for it ------------------------------

// The bounds of T as doubles: -2^63 and 2^63 are exact, so the upper one is exclusive.
template <typename T>
bool fits(double value) {
  const double low = static_cast<double>(std::numeric_limits<T>::min());
  const double high = std::ldexp(1.0, std::numeric_limits<T>::digits);
  return value >= low && value < high && value == std::trunc(value);
}

template <typename T>
bool store_integer(const Argument& argument, IntegralFloats integral_floats, std::byte* at) {
  switch (argument.kind) {
    case Kind::Int:
      if (!std::in_range<T>(argument.integer)) return false;
      store(at, static_cast<T>(argument.integer));
      return true;
    case Kind::UInt:
      if (!std::in_range<T>(argument.natural)) return false;
      store(at, static_cast<T>(argument.natural));
      return true;
    case Kind::Bool:
      store(at, static_cast<T>(argument.boolean));
      return true;
    case Kind::Float:
      if (integral_floats == IntegralFloats::Refuse || !fits<T>(argument.real)) return false;
      store(at, static_cast<T>(argument.real));
      return true;
    default:
      return bytes_of_size(argument, sizeof(T), at);
  }
}

bool store_bool(const Argument& argument, std::byte* at) {
  switch (argument.kind) {
    case Kind::Bool:
      store(at, argument.boolean);
      return true;
    case Kind::Int:
    case Kind::UInt:
      if (argument.natural > 1) return false;
      store(at, argument.natural == 1);
      return true;
    default:
      return bytes_of_size(argument, 1, at);
  }
}

bool to_double(const Argument& argument, double& value) {
  switch (argument.kind) {
    case Kind::Float:
      value = argument.real;
      return true;
    case Kind::Int:
      value = static_cast<double>(argument.integer);
      return true;
    case Kind::UInt:
      value = static_cast<double>(argument.natural);
      return true;
    case Kind::Bool:
      value = argument.boolean ? 1.0 : 0.0;
      return true;
    default:
      return false;
  }
}

// Narrowing is what the caller asks for: float32 is what kernels take, double what languages have.
template <typename Convert>
bool store_float(const Argument& argument, std::byte* at, Convert convert) {
  double value = 0;
  if (!to_double(argument, value)) return bytes_of_size(argument, sizeof(convert(value)), at);
  store(at, convert(value));
  return true;
}

template <typename T>
bool store_complex(const Argument& argument, std::byte* at) {
  T parts[2] = {};
  double value = 0;
  if (argument.kind == Kind::Complex) {
    parts[0] = static_cast<T>(argument.complex->real());
    parts[1] = static_cast<T>(argument.complex->imag());
  } else if (to_double(argument, value)) {
    parts[0] = static_cast<T>(value);
  } else {
    return bytes_of_size(argument, sizeof(parts), at);
  }
  store(at, parts);
  return true;
}

// ---- Pointers --------------------------------------------------------------------------------

bool joins(const Access& a, const Access& b) {
  if (a.array != b.array) return false;
  if (a.range.overlaps(b.range)) return true;
  // Ranges that only touch become one when that says nothing new of either.
  return a.mode == b.mode && (a.range.end == b.range.begin || b.range.end == a.range.begin);
}

void absorb(Access& into, const Access& other) {
  into.mode = merged(into.mode, other.mode);
  into.range = {std::min(into.range.begin, other.range.begin),
                std::max(into.range.end, other.range.end)};
}

// The access at `index` has grown: takes in whichever others it now reaches.
[[gnu::noinline]] void absorb_others(BoundArguments& bound, std::uint32_t index) {
  auto& accesses = bound.accesses;
  for (std::uint32_t other = 0; other < accesses.size();) {
    if (other == index || !joins(accesses[index], accesses[other])) {
      ++other;
      continue;
    }
    absorb(accesses[index], accesses[other]);
    accesses.erase(accesses.begin() + other);
    if (index > other) --index;
    other = 0;
  }
}

void add_access(BoundArguments& bound, const Access& access) {
  for (std::uint32_t i = 0; i < bound.accesses.size(); ++i) {
    if (!joins(bound.accesses[i], access)) continue;
    absorb(bound.accesses[i], access);
    absorb_others(bound, i);
    return;
  }
  bound.accesses.push_back(access);
}

bool bind_array(const Slot& slot, const Argument& argument, BoundArguments& bound) {
  const ArrayView& view = *argument.array;
  if (!slot.arrays.contains(view.dtype)) return false;
  if ((view.first_byte & slot.alignment_mask) != 0) return false;
  if (view.hull.empty()) return true;  // no bytes: a null pointer, and nothing to depend on
  bound.patches.push_back({slot.offset, {view.array, view.first_byte}});
  if (argument.untracked || slot.access == AccessMode::None) {
    bound.untracked.push_back({view.array, slot.access, view.hull});
    return true;
  }
  // "Every byte overwritten" speaks of the view; the gaps of a strided one keep theirs.
  const bool keeps_gaps = slot.access == AccessMode::Overwrite && !view.dense;
  add_access(bound, {view.array, keeps_gaps ? AccessMode::ReadWrite : slot.access, view.hull});
  return true;
}

bool bind_pointer(const Slot& slot, const Argument& argument, BoundArguments& bound) {
  switch (argument.kind) {
    case Kind::Array:
      return bind_array(slot, argument, bound);
    case Kind::DevicePointer:
      if ((argument.natural & slot.alignment_mask) != 0) return false;
      store(bound.parameters.data() + slot.offset, argument.natural);
      return true;
    case Kind::Null:
      return true;
    default:
      return false;
  }
}

bool bind(const Slot& slot, const Argument& argument, IntegralFloats integral_floats,
          BoundArguments& bound) {
  std::byte* at = bound.parameters.data() + slot.offset;
  switch (slot.store) {
    case Store::Pointer:
      return bind_pointer(slot, argument, bound);
    case Store::Bool:
      return store_bool(argument, at);
    case Store::Int8:
      return store_integer<std::int8_t>(argument, integral_floats, at);
    case Store::Int16:
      return store_integer<std::int16_t>(argument, integral_floats, at);
    case Store::Int32:
      return store_integer<std::int32_t>(argument, integral_floats, at);
    case Store::Int64:
      return store_integer<std::int64_t>(argument, integral_floats, at);
    case Store::UInt8:
      return store_integer<std::uint8_t>(argument, integral_floats, at);
    case Store::UInt16:
      return store_integer<std::uint16_t>(argument, integral_floats, at);
    case Store::UInt32:
      return store_integer<std::uint32_t>(argument, integral_floats, at);
    case Store::UInt64:
      return store_integer<std::uint64_t>(argument, integral_floats, at);
    case Store::Float16:
      return store_float(argument, at, float16_bits);
    case Store::BFloat16:
      return store_float(argument, at, bfloat16_bits);
    case Store::Float32:
      return store_float(argument, at, [](double value) { return static_cast<float>(value); });
    case Store::Float64:
      return store_float(argument, at, [](double value) { return value; });
    case Store::Complex64:
      return store_complex<float>(argument, at);
    case Store::Complex128:
      return store_complex<double>(argument, at);
    case Store::Bytes:
      return bytes_of_size(argument, slot.bytes, at);
  }
  return false;
}

}  // namespace

void bind_arguments(const Signature& signature, std::span<const Argument> arguments,
                    IntegralFloats integral_floats, BoundArguments& bound) {
  const std::span<const Slot> slots = signature.slots();
  if (arguments.size() != slots.size()) raise_wrong_count(signature, arguments.size());
  // Padding is zero too: equal launches have equal bytes.
  bound.parameters.resize(signature.packed_bytes());
  if (!slots.empty()) std::memset(bound.parameters.data(), 0, bound.parameters.size());
  bound.patches.clear();
  bound.untracked.clear();
  bound.accesses.clear();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = slots[i];
    if (!bind(slot, arguments[i], integral_floats, bound)) [[unlikely]] {
      raise_wrong_argument(signature, i, arguments[i]);
    }
  }
}

}  // namespace sennit
