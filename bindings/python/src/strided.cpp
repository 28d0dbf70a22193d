// bindings/python/src/strided.cpp: strided elements packed, and the strides of broadcasting.
#include "strided.h"

#include <cstring>

namespace sennit::python {
namespace {

template <std::size_t kBytes>
unsigned char* pack_row(unsigned char* target, const unsigned char* source, std::int64_t count,
                        std::int64_t stride) {
  for (std::int64_t i = 0; i < count; ++i, target += kBytes, source += stride)
    std::memcpy(target, source, kBytes);
  return target;
}

unsigned char* pack_row(unsigned char* target, const unsigned char* source, std::int64_t count,
                        std::int64_t stride, std::size_t item_bytes) {
  if (stride == static_cast<std::int64_t>(item_bytes)) {
    const std::size_t bytes = static_cast<std::size_t>(count) * item_bytes;
    std::memcpy(target, source, bytes);
    return target + bytes;
  }
  switch (item_bytes) {
    case 1:
      return pack_row<1>(target, source, count, stride);
    case 2:
      return pack_row<2>(target, source, count, stride);
    case 4:
      return pack_row<4>(target, source, count, stride);
    case 8:
      return pack_row<8>(target, source, count, stride);
    default:
      return pack_row<16>(target, source, count, stride);
  }
}

unsigned char* pack(unsigned char* target, const unsigned char* source,
                    std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                    std::size_t item_bytes) {
  if (shape.size() == 1)
    return pack_row(target, source, shape.front(), strides.front(), item_bytes);
  for (std::int64_t i = 0; i < shape.front(); ++i, source += strides.front())
    target = pack(target, source, shape.subspan(1), strides.subspan(1), item_bytes);
  return target;
}

}  // namespace

void pack_strided(unsigned char* target, const unsigned char* source,
                  std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                  std::size_t item_bytes) {
  if (element_count(shape) == 0) return;
  if (shape.empty()) {
    std::memcpy(target, source, item_bytes);
  } else {
    pack(target, source, shape, strides, item_bytes);
  }
}

std::vector<std::int64_t> c_strides(std::span<const std::int64_t> shape, std::size_t item_bytes) {
  std::vector<std::int64_t> strides(shape.size());
  auto stride = static_cast<std::int64_t>(item_bytes);
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

Broadcast broadcast(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
                    std::span<const std::int64_t> target) {
  // Leading extents of one may be left out on either side.
  while (shape.size() > target.size() && shape.front() == 1) {
    shape = shape.subspan(1);
    strides = strides.subspan(1);
  }
  if (shape.size() > target.size()) return {};
  Broadcast result{true, std::vector<std::int64_t>(target.size(), 0)};
  const std::size_t lead = target.size() - shape.size();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == target[lead + i]) {
      result.strides[lead + i] = strides[i];
    } else if (shape[i] != 1) {
      return {};
    }
  }
  return result;
}

}  // namespace sennit::python
