// bindings/python/src/host_data.h: elements that Python objects hold on the host.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sennit/sennit.h"

namespace sennit::python {

namespace nb = nanobind;

// Contiguous elements in C order: borrowed from a buffer, or our own.
class HostData {
 public:
  HostData() = default;
  HostData(HostData&& other) noexcept;
  HostData& operator=(HostData&&) = delete;
  ~HostData();

  snt_dtype dtype() const { return dtype_; }
  std::span<const std::int64_t> shape() const { return shape_; }
  const unsigned char* data() const { return data_; }
  std::size_t count() const;
  std::size_t bytes() const;

  // The same elements as another type; as numpy.astype.
  void convert_to(snt_dtype dtype);
  // The same elements repeated to `shape`, as NumPy broadcasts; false if that is not possible.
  bool broadcast_to(std::span<const std::int64_t> shape);

  // `bytes` has the elements of `shape` in C order.
  static HostData of(snt_dtype dtype, std::span<const std::int64_t> shape,
                     std::vector<unsigned char> bytes);
  // Elements of an object with the buffer protocol; nothing if it has none. Raises TypeError for
  // elements of a type that arrays do not have.
  static std::optional<HostData> from_buffer(nb::handle value);
  // Elements of nested sequences of numbers, or of one number; of type `dtype`, or else what holds
  // all of them: bool, int64, float64 or complex128.
  static HostData from_sequence(nb::handle value, std::optional<snt_dtype> dtype);

 private:
  friend class SequenceReader;

  void adopt(std::vector<unsigned char> bytes);

  snt_dtype dtype_ = SNT_FLOAT64;
  std::vector<std::int64_t> shape_;
  const unsigned char* data_ = nullptr;
  std::vector<unsigned char> own_;
  std::optional<Py_buffer> buffer_;
};

}  // namespace sennit::python
