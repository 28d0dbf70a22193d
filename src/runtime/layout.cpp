#include "runtime/layout.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

void check_shape(Dtype dtype, std::span<const std::int64_t> shape) {
  if (shape.size() > Layout::kMaxDimensions) {
    raise(ErrorCode::InvalidArgument, format("an array of {} dimensions; at most {} are possible",
                                             shape.size(), Layout::kMaxDimensions));
  }
  std::uint64_t elements = 1;
  bool none = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0) {
      raise(ErrorCode::InvalidArgument,
            format("a dimension of {} elements; it must be 0 or more", extent));
    }
    none |= extent == 0;
  }
  for (const std::int64_t extent : shape) {
    const auto limit =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / bytes_of(dtype);
    if (!none && elements > limit / static_cast<std::uint64_t>(extent)) {
      raise(ErrorCode::InvalidArgument, "an array of more than 2^63 bytes");
    }
    elements *= static_cast<std::uint64_t>(extent);
  }
}

}  // namespace

std::vector<std::int64_t> c_strides(std::span<const std::int64_t> shape,
                                    std::size_t element_bytes) {
  std::vector<std::int64_t> strides(shape.size());
  auto stride = static_cast<std::int64_t>(element_bytes);
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

Layout Layout::contiguous(Dtype dtype, std::span<const std::int64_t> shape, Order order) {
  check_shape(dtype, shape);
  Layout layout;
  layout.dtype_ = dtype;
  layout.shape_.assign(shape.begin(), shape.end());
  if (order == Order::C) {
    layout.strides_ = c_strides(shape, bytes_of(dtype));
  } else {
    const std::vector<std::int64_t> reversed(shape.rbegin(), shape.rend());
    layout.strides_ = c_strides(reversed, bytes_of(dtype));
    std::reverse(layout.strides_.begin(), layout.strides_.end());
  }
  layout.finish();
  return layout;
}

Layout Layout::strided(Dtype dtype, std::span<const std::int64_t> shape,
                       std::span<const std::int64_t> strides_bytes, std::int64_t offset_bytes,
                       std::size_t storage_bytes) {
  check_shape(dtype, shape);
  Layout layout;
  layout.dtype_ = dtype;
  layout.shape_.assign(shape.begin(), shape.end());
  layout.strides_.assign(strides_bytes.begin(), strides_bytes.end());
  layout.offset_ = offset_bytes;
  std::int64_t low = offset_bytes;
  std::int64_t high = offset_bytes + static_cast<std::int64_t>(bytes_of(dtype));
  bool overflow = false;
  bool none = false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    none |= shape[i] == 0;
    std::int64_t reach = 0;
    overflow |=
        __builtin_mul_overflow(std::max<std::int64_t>(shape[i] - 1, 0), strides_bytes[i], &reach);
    std::int64_t& end = reach < 0 ? low : high;
    overflow |= __builtin_add_overflow(end, reach, &end);
  }
  if (!none && (overflow || low < 0 || high > static_cast<std::int64_t>(storage_bytes))) {
    raise(ErrorCode::InvalidArgument,
          format("the view would reach from byte {} to {} of an array of {} bytes", low, high,
                 storage_bytes));
  }
  layout.finish();
  return layout;
}

void Layout::finish() {
  element_bytes_ = bytes_of(dtype_);
  size_ = 1;
  for (const std::int64_t extent : shape_) size_ *= extent;
  const auto matches = [&](auto begin, auto end, auto stride_begin) {
    auto expected = static_cast<std::int64_t>(element_bytes_);
    for (; begin != end; ++begin, ++stride_begin) {
      if (*begin == 1) continue;
      if (*stride_begin != expected) return false;
      expected *= *begin;
    }
    return true;
  };
  c_contiguous_ = size_ == 0 || matches(shape_.rbegin(), shape_.rend(), strides_.rbegin());
  f_contiguous_ = size_ == 0 || matches(shape_.begin(), shape_.end(), strides_.begin());
  if (size_ == 0) {
    hull_ = {};
    dense_ = true;
    return;
  }
  std::int64_t low = offset_;
  std::int64_t high = offset_ + static_cast<std::int64_t>(element_bytes_);
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    const std::int64_t reach = (shape_[i] - 1) * strides_[i];
    (reach < 0 ? low : high) += reach;
  }
  hull_ = {static_cast<std::size_t>(low), static_cast<std::size_t>(high)};
  // Distinct elements that fill the hull: transposed and reversed views count. (A view with a zero
  // stride could fill it by repeating itself, so sort the strides and check each.)
  std::vector<std::pair<std::int64_t, std::int64_t>> axes;
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    if (shape_[i] > 1) axes.emplace_back(std::abs(strides_[i]), shape_[i]);
  }
  std::sort(axes.begin(), axes.end());
  auto expected = static_cast<std::int64_t>(element_bytes_);
  dense_ = true;
  for (const auto& [stride, extent] : axes) {
    dense_ = dense_ && stride == expected;
    expected *= extent;
  }
}

std::size_t Layout::element_at(const std::int64_t* index) const {
  std::int64_t at = offset_;
  for (std::size_t i = 0; i < shape_.size(); ++i) {
    if (index[i] < 0 || index[i] >= shape_[i]) {
      raise(ErrorCode::InvalidArgument,
            format("index {} is out of range for dimension {} of {}", index[i], i, to_string()));
    }
    at += index[i] * strides_[i];
  }
  return static_cast<std::size_t>(at);
}

std::string Layout::to_string() const {
  std::string extents;
  for (const std::int64_t extent : shape_) {
    extents += format("{}{}", extents.empty() ? "" : ", ", extent);
  }
  return format("{}[{}]", name_of(dtype_), extents);
}

namespace {

void copy_dimension(std::byte* to, const std::int64_t* to_strides, const std::byte* from,
                    const std::int64_t* from_strides, const std::int64_t* shape, int dimensions,
                    std::size_t element_bytes) {
  if (dimensions == 0) {
    std::memcpy(to, from, element_bytes);
    return;
  }
  const auto element = static_cast<std::int64_t>(element_bytes);
  if (dimensions == 1 && to_strides[0] == element && from_strides[0] == element) {
    std::memcpy(to, from, static_cast<std::size_t>(shape[0]) * element_bytes);
    return;
  }
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    copy_dimension(to + i * to_strides[0], to_strides + 1, from + i * from_strides[0],
                   from_strides + 1, shape + 1, dimensions - 1, element_bytes);
  }
}

}  // namespace

void copy_strided(std::byte* to, std::span<const std::int64_t> to_strides, const std::byte* from,
                  std::span<const std::int64_t> from_strides, std::span<const std::int64_t> shape,
                  std::size_t element_bytes) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
  copy_dimension(to, to_strides.data(), from, from_strides.data(), shape.data(),
                 static_cast<int>(shape.size()), element_bytes);
}

}  // namespace sennit
