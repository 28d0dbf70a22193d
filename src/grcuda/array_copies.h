// grcuda/array_copies.h: copyFrom and copyTo of device arrays.
//
// The other side is a device array (scheduled like a kernel where no element has to be converted),
// an object with elements, or an address in the host's memory. Elements are taken in the order of
// their indices, the last one fastest; an address holds them as the array has them in memory.
#pragma once

#include <cstdint>
#include <optional>

#include "grcuda/device_array.h"
#include "grcuda/value.h"

namespace sennit::grcuda {

// `count` elements; nullopt: all of `array`. Raises InvalidArgument if `array` or the other side
// has fewer, or if an element cannot be converted.
void copy_from(DeviceArray& array, const Any& source, std::optional<std::int64_t> count);
void copy_to(DeviceArray& array, const Any& target, std::optional<std::int64_t> count);

}  // namespace sennit::grcuda
