#include "grcuda/array_copies.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {
namespace {

using Bytes = std::vector<std::byte>;

// The first `count` elements in the order of memory, as a row; nullopt if they are no dense piece.
std::optional<Array> piece_of(const Array& array, std::int64_t count) {
  const Layout& layout = array.layout();
  const bool contiguous = layout.c_contiguous() || layout.f_contiguous();
  if (!contiguous && !(layout.dimensions() == 1 && count == 1)) return std::nullopt;
  const auto stride = static_cast<std::int64_t>(layout.element_bytes());
  return array.view_of(layout.dtype(), {&count, 1}, {&stride, 1}, 0);
}

// `count` elements in the order of their indices are `count` elements in the order of memory.
bool in_index_order(const Array& array, std::int64_t count) {
  return array.layout().c_contiguous() || (array.layout().dimensions() == 1 && count == 1);
}

Bytes read_all(const Array& array) {
  Bytes elements(array.layout().bytes());
  array.read(elements.data());
  return elements;
}

// Makes the first elements of `array` those in `elements`.
void write_first(const Array& array, const Bytes& elements, std::int64_t count) {
  if (in_index_order(array, count)) return piece_of(array, count)->write(elements.data());
  if (count == array.layout().size()) return array.write(elements.data());
  Bytes all = read_all(array);
  std::copy(elements.begin(), elements.end(), all.begin());
  array.write(all.data());
}

Bytes read_first(const Array& array, std::int64_t count) {
  Bytes elements(static_cast<std::size_t>(count) * array.layout().element_bytes());
  if (in_index_order(array, count)) {
    piece_of(array, count)->read(elements.data());
  } else {
    const Bytes all = read_all(array);
    std::copy_n(all.begin(), elements.size(), elements.begin());
  }
  return elements;
}

std::int64_t checked_count(const DeviceArray& array, std::optional<std::int64_t> count) {
  const std::int64_t size = array.array().layout().size();
  const std::int64_t wanted = count.value_or(size);
  if (wanted >= 0 && wanted <= size) return wanted;
  raise(ErrorCode::InvalidArgument,
        format("cannot copy {} elements: {} has {}", wanted, array.describe(), size));
}

void check_other_size(const DeviceArray& other, std::int64_t count) {
  const std::int64_t size = other.array().layout().size();
  if (count <= size) return;
  raise(ErrorCode::InvalidArgument, format("cannot copy {} elements: the other array, {}, has {}",
                                           count, other.describe(), size));
}

// Converts `count` contiguous elements; `index` counts them for messages.
void convert(Dtype from, const std::byte* source, Dtype to, std::byte* target, std::int64_t count) {
  if (from == to) {
    std::memcpy(target, source, static_cast<std::size_t>(count) * bytes_of(to));
    return;
  }
  const std::size_t from_bytes = bytes_of(from);
  const std::size_t to_bytes = bytes_of(to);
  for (std::int64_t i = 0; i < count; ++i, source += from_bytes, target += to_bytes) {
    const Any element = load_element(from, source);
    if (store_element(to, element, target)) continue;
    raise(ErrorCode::InvalidArgument, format("cannot coerce array element at index {} to {}: {}", i,
                                             element_type_name(to), describe(element)));
  }
}

// ---- Between device arrays -------------------------------------------------------------------

void copy_arrays(const DeviceArray& to, const DeviceArray& from, std::int64_t count) {
  const Array& target = to.array();
  const Array& source = from.array();
  if (to.dtype() == from.dtype()) {
    const auto same_shape =
        std::equal(target.layout().shape().begin(), target.layout().shape().end(),
                   source.layout().shape().begin(), source.layout().shape().end());
    if (same_shape && count == target.layout().size()) return target.copy_from(source);
    if (in_index_order(target, count) && in_index_order(source, count)) {
      return piece_of(target, count)->copy_from(*piece_of(source, count));
    }
  }
  const Bytes elements = read_first(source, count);
  Bytes converted(static_cast<std::size_t>(count) * bytes_of(to.dtype()));
  convert(from.dtype(), elements.data(), to.dtype(), converted.data(), count);
  write_first(target, converted, count);
}

// ---- Addresses in the host's memory ----------------------------------------------------------

// Memory as the array has it; of a view with gaps, its elements one after another.
void copy_from_address(const Array& array, std::uint64_t address, std::int64_t count) {
  const auto* const source = reinterpret_cast<const std::byte*>(address);
  if (const auto piece = piece_of(array, count)) return piece->write(source);
  const std::size_t bytes = static_cast<std::size_t>(count) * array.layout().element_bytes();
  write_first(array, Bytes(source, source + bytes), count);
}

void copy_to_address(const Array& array, std::uint64_t address, std::int64_t count) {
  auto* const target = reinterpret_cast<std::byte*>(address);
  if (const auto piece = piece_of(array, count)) return piece->read(target);
  const Bytes elements = read_first(array, count);
  std::copy(elements.begin(), elements.end(), target);
}

// ---- Objects with elements -------------------------------------------------------------------

// Calls `visit` with each number of `value` and where it stands, those of nested arrays one after
// another, until it returns false.
using Visit = std::function<bool(Value& of, std::int64_t index, const Any& number)>;
bool for_each_number(Value& value, const Visit& visit) {
  const std::int64_t size = value.size();
  for (std::int64_t i = 0; i < size; ++i) {
    const Any element = value.read_element(i);
    const ValueRef* const nested = std::get_if<ValueRef>(&element);
    const bool goes_on = nested != nullptr && (*nested)->has_elements()
                             ? for_each_number(**nested, visit)
                             : visit(value, i, element);
    if (!goes_on) return false;
  }
  return true;
}

[[noreturn]] void too_short(const Value& other, std::int64_t found, std::int64_t count) {
  raise(ErrorCode::InvalidArgument,
        format("cannot copy {} elements: {} has {}", count, other.describe(), found));
}

void copy_from_elements(const DeviceArray& array, Value& source, std::int64_t count) {
  const std::size_t bytes = bytes_of(array.dtype());
  Bytes elements(static_cast<std::size_t>(count) * bytes);
  if (const auto buffer = source.buffer()) {
    if (buffer->size < count) too_short(source, buffer->size, count);
    convert(buffer->dtype, static_cast<const std::byte*>(buffer->data), array.dtype(),
            elements.data(), count);
  } else {
    std::int64_t next = 0;
    const auto store = [&](Value&, std::int64_t, const Any& element) {
      if (next == count) return false;
      std::byte* const to = elements.data() + static_cast<std::size_t>(next) * bytes;
      if (!store_element(array.dtype(), element, to)) {
        raise(ErrorCode::InvalidArgument,
              format("cannot coerce array element at index {} to {}: {}", next,
                     element_type_name(array.dtype()), describe(element)));
      }
      ++next;
      return true;
    };
    if (count > 0) for_each_number(source, store);
    if (next < count) too_short(source, next, count);
  }
  write_first(array.array(), elements, count);
}

void copy_to_elements(const DeviceArray& array, Value& target, std::int64_t count) {
  const Bytes elements = read_first(array.array(), count);
  if (const auto buffer = target.buffer()) {
    if (buffer->size < count) too_short(target, buffer->size, count);
    if (!buffer->writable) {
      raise(ErrorCode::InvalidArgument, format("{} is read-only", target.describe()));
    }
    convert(array.dtype(), elements.data(), buffer->dtype, static_cast<std::byte*>(buffer->data),
            count);
    return;
  }
  const std::size_t bytes = bytes_of(array.dtype());
  std::int64_t next = 0;
  const auto load = [&](Value& of, std::int64_t i, const Any&) {
    if (next == count) return false;
    const std::byte* const from = elements.data() + static_cast<std::size_t>(next++) * bytes;
    of.write_element(i, load_element(array.dtype(), from));
    return true;
  };
  if (count > 0) for_each_number(target, load);
  if (next < count) too_short(target, next, count);
}

// Calls what fits the other side.
template <typename WithArray, typename WithElements, typename WithAddress>
void dispatch(const Any& other, std::string_view role, WithArray with_array,
              WithElements with_elements, WithAddress with_address) {
  if (const auto array = find_value<DeviceArray>(other)) return with_array(*array);
  const ValueRef* const value = std::get_if<ValueRef>(&other);
  if (value != nullptr && (*value)->has_elements()) return with_elements(**value);
  std::optional<std::uint64_t> address;
  if (value != nullptr) {
    address = (*value)->address();
  } else if (const auto integer = find_integer(other)) {
    address = static_cast<std::uint64_t>(*integer);
  }
  if (address && *address != 0) return with_address(*address);
  raise(ErrorCode::InvalidArgument,
        format("array or pointer expected for {}: {}", role, describe(other)));
}

}  // namespace

void copy_from(DeviceArray& array, const Any& source, std::optional<std::int64_t> count) {
  const std::int64_t wanted = checked_count(array, count);
  dispatch(
      source, "fromPointer",
      [&](const DeviceArray& from) {
        check_other_size(from, wanted);
        copy_arrays(array, from, wanted);
      },
      [&](Value& from) { copy_from_elements(array, from, wanted); },
      [&](std::uint64_t address) { copy_from_address(array.array(), address, wanted); });
}

void copy_to(DeviceArray& array, const Any& target, std::optional<std::int64_t> count) {
  const std::int64_t wanted = checked_count(array, count);
  dispatch(
      target, "toPointer",
      [&](const DeviceArray& to) {
        check_other_size(to, wanted);
        copy_arrays(to, array, wanted);
      },
      [&](Value& to) { copy_to_elements(array, to, wanted); },
      [&](std::uint64_t address) { copy_to_address(array.array(), address, wanted); });
}

}  // namespace sennit::grcuda
