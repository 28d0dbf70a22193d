// grcuda/device_array.h: GrCUDA's DeviceArray and MultiDimDeviceArray, and views of the latter.
//
// All are one class over a tracked array: a matrix's elements are views of its rows, down to the
// last dimension. A view has no memory of its own; what frees the array ends its views.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "grcuda/value.h"
#include "runtime/array.h"

namespace sennit::grcuda {

class DeviceArray final : public Value {
 public:
  // Raises InvalidArgument unless there is a dimension, and each is at least 1.
  static std::shared_ptr<DeviceArray> create(Runtime& runtime, Dtype dtype,
                                             std::span<const std::int64_t> shape, Order order);

  // All of these raise InvalidArgument once the memory is freed, unless they say otherwise.
  const Array& array() const;
  Dtype dtype() const { return dtype_; }  // also of a freed array, as is the next
  bool is_view() const { return view_.has_value(); }

  std::string describe() const override;
  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override;
  std::optional<Any> member(std::string_view name) override;
  bool has_elements() const override { return true; }
  std::int64_t size() const override { return size_; }  // of the first dimension
  Any read_element(std::int64_t index) override;
  void write_element(std::int64_t index, const Any& value) override;
  bool read_now(std::int64_t index, Any& out) override;
  bool write_now(std::int64_t index, const Any& value) override;
  // On its device. The array stays there from now on.
  std::optional<std::uint64_t> address() override;

 private:
  // Shared by an array and its views. Empty once freed.
  using Memory = std::optional<Array>;

  DeviceArray(std::shared_ptr<Memory> memory, std::optional<Array> view);
  bool is_row() const { return dimensions_ == 1; }  // its elements are numbers
  std::size_t byte_of(std::int64_t index) const {
    return static_cast<std::size_t>(first_byte_ + index * stride_bytes_);
  }
  void check_index(std::int64_t index, std::string_view doing) const;
  ValueRef row(std::int64_t index);
  std::shared_ptr<DeviceArray> self();
  void free();

  // Constant after construction.
  const std::shared_ptr<Memory> memory_;
  const std::optional<Array> view_;
  const Dtype dtype_;
  const std::vector<std::int64_t> shape_;
  const int dimensions_;
  const std::int64_t size_;
  const std::int64_t first_byte_;
  const std::int64_t stride_bytes_;  // of the first dimension
};

// The root function `DeviceArray`, with its member `map`.
ValueRef device_array_function(std::shared_ptr<Runtime> runtime);

}  // namespace sennit::grcuda
