// runtime/exchange.h: arrays whose device memory other libraries of the process use, too.
//
// Both sides see the same bytes at the same address. The rule is that of CuPy and PyTorch: whoever
// goes on using the bytes orders itself after the other, by `Runtime::wait_for` (sennit after a
// stream) and `Runtime::stream_wait` (a stream after sennit). What the host reads and writes of
// such an array is copied from and to the device each time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/runtime.h"

namespace sennit {

// Where the elements of a strided tensor lie around its first one.
struct Extent {
  std::int64_t low_bytes = 0;   // <= 0
  std::int64_t high_bytes = 0;  // behind the last byte; equal to low_bytes: no elements
  static Extent of(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides_bytes,
                   std::size_t element_bytes);
  std::size_t bytes() const { return static_cast<std::size_t>(high_bytes - low_bytes); }
};

// Elements that other code owns, in memory of the runtime's `device` or of the host.
struct ForeignTensor {
  int device = Scheduler::kHost;
  std::byte* data = nullptr;  // the first element
  Dtype dtype = Dtype::Float32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides_bytes;
  // Called once, on any thread, when nothing uses the memory any more.
  std::function<void()> release;
};

// An array of the very bytes. Raises InvalidArgument if the device cannot use the memory; nothing
// is released then.
Array adopt(Runtime& runtime, ForeignTensor tensor);

// Memory of an array that other code uses until this goes.
class Loan {
 public:
  explicit Loan(const Array& array);
  ~Loan();
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  std::byte* data() const { return data_; }  // the first element
  int device() const { return device_; }     // of the runtime
  // Lets it end with the array instead.
  void keep() { kept_ = true; }

 private:
  Array array_;
  int device_;
  std::byte* data_;
  bool kept_ = false;
};

}  // namespace sennit
