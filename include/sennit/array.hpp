// sennit/array.hpp: errors, arrays and their host views for C++20; included by sennit.hpp.
#ifndef SENNIT_ARRAY_HPP_
#define SENNIT_ARRAY_HPP_

#include <sennit/sennit.h>

#include <array>
#include <complex>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sennit {

// ---- Errors ----------------------------------------------------------------------------------

class Error : public std::exception {
 public:
  Error(snt_code code, std::string message) : code_(code), message_(std::move(message)) {}
  snt_code code() const noexcept { return code_; }  // what can be done next: see sennit.h
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  snt_code code_;
  std::string message_;
};

namespace detail {

inline void check(snt_error* error) {
  if (error == nullptr) return;
  Error thrown(snt_error_code(error), snt_error_message(error));
  snt_error_release(error);
  throw thrown;
}

template <typename Handle, void (*release)(Handle*)>
struct Releaser {
  void operator()(Handle* handle) const noexcept { release(handle); }
};
template <typename Handle, void (*release)(Handle*)>
using Unique = std::unique_ptr<Handle, Releaser<Handle, release>>;

template <typename T>
consteval snt_dtype dtype_of() {
  if constexpr (std::is_same_v<T, bool>) return SNT_BOOL;
  if constexpr (std::is_same_v<T, float>) return SNT_FLOAT32;
  if constexpr (std::is_same_v<T, double>) return SNT_FLOAT64;
  if constexpr (std::is_same_v<T, std::complex<float>>) return SNT_COMPLEX64;
  if constexpr (std::is_same_v<T, std::complex<double>>) return SNT_COMPLEX128;
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    constexpr int by_bytes[9] = {0, 0, 1, 0, 2, 0, 0, 0, 3};
    return (std::is_signed_v<T> ? SNT_INT8 : SNT_UINT8) + by_bytes[sizeof(T)];
  }
  return 0;
}

}  // namespace detail

// A type that arrays can have. (float16 and bfloat16 arrays are made by snt_array_create.)
template <typename T>
concept Element = detail::dtype_of<T>() != 0;

// Where the caller's program is: the default arguments below fill it in.
struct Location {
  const char* file = nullptr;
  int line = 0;
  static constexpr Location here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

// Blocks or threads in up to three dimensions.
struct Dim3 {
  std::uint32_t x = 1, y = 1, z = 1;
};

// ---- Host views ------------------------------------------------------------------------------

// The bytes of an array in place, in its own order. `T` is const for a snapshot.
template <typename T>
class View {
 public:
  T* data() const { return static_cast<T*>(snt_view_data(handle_.get())); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t index) const { return data()[index]; }
  T* begin() const { return data(); }
  T* end() const { return data() + size_; }
  operator std::span<T>() const { return {data(), size_}; }
  // Ends a writable view before its scope does.
  void close() { snt_view_close(handle_.get()); }

 private:
  template <Element>
  friend class Array;
  View(snt_view* handle, std::size_t size) : handle_(handle), size_(size) {}
  detail::Unique<snt_view, snt_view_release> handle_;
  std::size_t size_;
};

// ---- Arrays ----------------------------------------------------------------------------------

// Typed data whose bytes may be on several devices and the host; or a view of such an array, which
// shares its bytes. Copying an Array copies the handle.
template <Element T>
class Array {
 public:
  // Takes over one ownership of `handle`, whose dtype must be T's.
  explicit Array(snt_array* handle) : handle_(handle) {}
  Array(const Array& other) : handle_(snt_array_retain(other.native())) {}
  Array(Array&&) noexcept = default;
  Array& operator=(const Array& other) {
    handle_.reset(snt_array_retain(other.native()));
    return *this;
  }
  Array& operator=(Array&&) noexcept = default;

  snt_array* native() const { return handle_.get(); }

  // Of the first element, in the memory of the array's device, for tables of pointers and linked
  // structures: see snt_array_address.
  T* address() const {
    void* address = nullptr;
    detail::check(snt_array_address(native(), &address));
    return static_cast<T*>(address);
  }
  std::size_t size() const { return static_cast<std::size_t>(info().size); }  // elements
  std::vector<std::int64_t> shape() const {
    const snt_array_info known = info();
    return {known.shape, known.shape + known.dimensions};
  }

  // One element; loads wait only for what the element needs. Blocks.
  class Reference {
   public:
    operator T() const {
      T value;
      detail::check(snt_array_read_element(array_, index_.data(), &value, sizeof value));
      return value;
    }
    const Reference& operator=(const T& value) const {
      detail::check(snt_array_write_element(array_, index_.data(), &value, sizeof value));
      return *this;
    }

   private:
    friend class Array;
    snt_array* array_ = nullptr;
    std::array<std::int64_t, 4> index_{};
  };
  template <std::integral... Index>
    requires(sizeof...(Index) >= 1 && sizeof...(Index) <= 4)
  Reference operator()(Index... index) const {
    require_dimensions(sizeof...(Index));
    Reference reference;
    reference.array_ = native();
    reference.index_ = {static_cast<std::int64_t>(index)...};
    return reference;
  }
  Reference operator[](std::size_t index) const {
    return (*this)(static_cast<std::int64_t>(index));
  }

  // Elements [begin, end) of the first dimension, sharing the bytes. As a kernel's argument it
  // promises that the kernel touches only its bytes.
  Array slice(std::int64_t begin, std::int64_t end) const {
    const snt_array_info known = info();
    require_dimensions(static_cast<std::size_t>(known.dimensions == 0 ? 1 : known.dimensions));
    if (begin < 0 || end < begin || end > known.shape[0]) {
      throw Error(SNT_INVALID_ARGUMENT, "slice " + std::to_string(begin) + " to " +
                                            std::to_string(end) + " of a dimension of " +
                                            std::to_string(known.shape[0]));
    }
    std::vector<std::int64_t> extents(known.shape, known.shape + known.dimensions);
    extents[0] = end - begin;
    snt_array* view = nullptr;
    detail::check(snt_array_view(native(), known.dtype, known.dimensions, extents.data(),
                                 known.strides_bytes, begin * known.strides_bytes[0], &view));
    return Array(view);
  }

  // All elements, in C order. Both block; `write` has read `values` when it returns.
  void read(std::span<T> out) const {
    detail::check(snt_array_read(native(), out.data(), out.size_bytes()));
  }
  std::vector<T> read() const
    requires(!std::is_same_v<T, bool>)
  {
    std::vector<T> values(size());
    read(std::span<T>(values));
    return values;
  }
  void write(std::span<const T> values) const {
    detail::check(snt_array_write(native(), values.data(), values.size_bytes()));
  }
  // Scheduled like kernels: they return at once.
  void fill(const T& value) const { detail::check(snt_array_fill(native(), &value, sizeof value)); }
  void copy_from(const Array& other) const {
    detail::check(snt_array_copy(native(), other.native()));
  }

  // A stable snapshot without a copy. Blocks.
  View<const T> snapshot() const {
    snt_view* view = nullptr;
    detail::check(snt_array_snapshot(native(), &view));
    return {view, size()};
  }
  // Until the view goes, everything else on the array is refused. Blocks.
  View<T> writable(Location where = Location::here()) const {
    snt_view* view = nullptr;
    detail::check(snt_array_open_writable(native(), where.file, where.line, &view));
    return {view, size()};
  }

  // Everything that writes the array is done. `wait` blocks, and throws the failure of that work.
  bool is_ready() const { return snt_array_is_ready(native()) != 0; }
  void wait() const { detail::check(snt_array_wait(native())); }

 private:
  snt_array_info info() const {
    SNT_INIT(snt_array_info, known);
    detail::check(snt_array_info_get(native(), &known));
    return known;
  }
  void require_dimensions(std::size_t given) const {
    const auto dimensions = static_cast<std::size_t>(info().dimensions);
    if (given == dimensions) return;
    throw Error(SNT_INVALID_ARGUMENT, std::to_string(given) + " indices for an array of " +
                                          std::to_string(dimensions) + " dimensions");
  }

  detail::Unique<snt_array, snt_array_release> handle_;
};

}  // namespace sennit

#endif  // SENNIT_ARRAY_HPP_
