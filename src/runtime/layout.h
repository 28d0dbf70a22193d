// runtime/layout.h: how the elements of an array lie in its storage.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/access.h"
#include "base/dtype.h"

namespace sennit {

enum class Order : std::uint8_t { C, F };

// Element (i, j, ...) is at byte offset_bytes + i * strides[0] + j * strides[1] + ...
// Constant after construction.
class Layout {
 public:
  static constexpr int kMaxDimensions = 32;

  // A new array, contiguous in `order`. Raises InvalidArgument for a negative or too large shape.
  static Layout contiguous(Dtype dtype, std::span<const std::int64_t> shape, Order order);
  // Raises InvalidArgument if an element lies outside [0, storage_bytes).
  static Layout strided(Dtype dtype, std::span<const std::int64_t> shape,
                        std::span<const std::int64_t> strides_bytes, std::int64_t offset_bytes,
                        std::size_t storage_bytes);

  Dtype dtype() const { return dtype_; }
  int dimensions() const { return static_cast<int>(shape_.size()); }
  std::span<const std::int64_t> shape() const { return shape_; }
  std::span<const std::int64_t> strides_bytes() const { return strides_; }
  std::int64_t offset_bytes() const { return offset_; }
  std::size_t element_bytes() const { return element_bytes_; }
  std::int64_t size() const { return size_; }  // elements
  std::size_t bytes() const { return static_cast<std::size_t>(size_) * element_bytes_; }
  bool c_contiguous() const { return c_contiguous_; }
  bool f_contiguous() const { return f_contiguous_; }
  // From the lowest byte of any element to behind the highest; empty without elements.
  ByteRange hull() const { return hull_; }
  // Every byte of the hull belongs to an element.
  bool dense() const { return dense_; }

  // Byte of an element in the storage. Raises InvalidArgument if an index is out of range.
  std::size_t element_at(const std::int64_t* index) const;
  // "float32[1024, 3]"
  std::string to_string() const;

 private:
  void finish();

  Dtype dtype_ = Dtype::Float32;
  std::vector<std::int64_t> shape_;
  std::vector<std::int64_t> strides_;
  std::int64_t offset_ = 0;
  std::size_t element_bytes_ = 0;
  std::int64_t size_ = 0;
  bool c_contiguous_ = false;
  bool f_contiguous_ = false;
  bool dense_ = false;
  ByteRange hull_;
};

// Copies elements of one shape from one layout to the other; the bytes must not overlap.
// `to` and `from` are the first elements. Strides in bytes, one for each dimension.
void copy_strided(std::byte* to, std::span<const std::int64_t> to_strides, const std::byte* from,
                  std::span<const std::int64_t> from_strides, std::span<const std::int64_t> shape,
                  std::size_t element_bytes);

// The strides of a C-ordered array of `shape`.
std::vector<std::int64_t> c_strides(std::span<const std::int64_t> shape, std::size_t element_bytes);

}  // namespace sennit
