// sennit/sennit.hpp: sennit for C++20. Header-only, over the C ABI: C++ uses the same door as every
// other language, and a program built today runs with later versions of the library.
//
//   sennit::Runtime runtime;
//   auto x = runtime.array<float>({n});                            // reads as zeros
//   auto square = runtime.kernel(source, "square");
//   square({blocks}, {threads})(x, n);                             // returns at once
//   float first = x[0];                                            // waits only for what x needs
//
// Handles (Runtime, Array, Kernel, View, Trace) are cheap to copy where they can be, and release
// what they hold when they go. What fails throws sennit::Error. Every function may be called from
// any thread; those that may wait for a device say "Blocks".
#ifndef SENNIT_SENNIT_HPP_
#define SENNIT_SENNIT_HPP_

#include <sennit/sennit.h>

#include <array>
#include <complex>
#include <concepts>
#include <cstdint>
#include <exception>
#include <initializer_list>
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

// ---- Kernels ---------------------------------------------------------------------------------

// Names a launch, for Launch::after and Runtime::wait.
using Operation = snt_operation;

// An array that a launch does not track: no dependency comes from it.
template <Element T>
struct Untracked {
  const Array<T>& array;
};
template <Element T>
Untracked<T> untracked(const Array<T>& array) {
  return {array};
}

// How to launch, beside grid and block.
struct Launch {
  Dim3 grid, block;
  std::uint32_t shared_bytes = 0;  // dynamic shared memory of a block
  bool cooperative = false;        // all blocks resident at once: grid.sync() is allowed
  std::span<const Operation> after = {};
  Location where = {};
};

namespace detail {

template <Element T>
snt_argument argument(const Array<T>& array) {
  snt_argument made{SNT_ARGUMENT_ARRAY, 0, {}};
  made.value.array = array.native();
  return made;
}
template <Element T>
snt_argument argument(const Untracked<T>& untracked) {
  snt_argument made{SNT_ARGUMENT_ARRAY, SNT_UNTRACKED, {}};
  made.value.array = untracked.array.native();
  return made;
}
inline snt_argument argument(bool value) {
  snt_argument made{SNT_ARGUMENT_BOOL, 0, {}};
  made.value.i = value ? 1 : 0;
  return made;
}
template <std::signed_integral T>
snt_argument argument(const T& value) {
  snt_argument made{SNT_ARGUMENT_INT, 0, {}};
  made.value.i = value;
  return made;
}
template <std::unsigned_integral T>
  requires(!std::is_same_v<T, bool>)
snt_argument argument(const T& value) {
  snt_argument made{SNT_ARGUMENT_UINT, 0, {}};
  made.value.u = value;
  return made;
}
template <std::floating_point T>
snt_argument argument(const T& value) {
  snt_argument made{SNT_ARGUMENT_FLOAT, 0, {}};
  made.value.f = static_cast<double>(value);
  return made;
}
inline snt_argument argument(std::nullptr_t) { return {SNT_ARGUMENT_POINTER, 0, {}}; }
// A struct, passed by value as its bytes.
template <typename T>
  requires(std::is_class_v<T> && std::is_trivially_copyable_v<T>)
snt_argument argument(const T& value) {
  snt_argument made{SNT_ARGUMENT_BYTES, static_cast<std::uint32_t>(sizeof(T)), {}};
  made.value.data = &value;
  return made;
}

}  // namespace detail

// A kernel that is compiled and ready. Copying a Kernel copies the handle.
class Kernel {
 public:
  explicit Kernel(snt_kernel* handle) : handle_(handle) {}
  Kernel(const Kernel& other) : handle_(snt_kernel_retain(other.native())) {}
  Kernel(Kernel&&) noexcept = default;
  Kernel& operator=(const Kernel& other) {
    handle_.reset(snt_kernel_retain(other.native()));
    return *this;
  }
  Kernel& operator=(Kernel&&) noexcept = default;

  snt_kernel* native() const { return handle_.get(); }
  std::string name() const { return snt_kernel_name(native()); }
  std::string signature() const { return snt_kernel_signature(native()); }

  // A kernel with its configuration, ready for arguments. The location is the caller's, so that a
  // failure names the line that launched.
  class Configured {
   public:
    template <typename... Arguments>
    Operation operator()(const Arguments&... arguments) const {
      const std::array<snt_argument, sizeof...(Arguments)> packed{detail::argument(arguments)...};
      Operation operation = 0;
      detail::check(snt_kernel_launch(kernel_, &config_, packed.data(), packed.size(), &operation));
      return operation;
    }

   private:
    friend class Kernel;
    snt_kernel* kernel_ = nullptr;
    snt_launch_config config_{};
  };
  // kernel({blocks}, {threads})(x, y, n): returns at once. `after` must outlive the call.
  Configured operator()(Dim3 grid, Dim3 block, std::uint32_t shared_bytes = 0,
                        Location where = Location::here()) const {
    return (*this)(Launch{grid, block, shared_bytes, false, {}, where});
  }
  Configured operator()(const Launch& launch) const {
    Configured configured;
    configured.kernel_ = native();
    snt_launch_config& config = configured.config_;
    config.struct_size = sizeof config;
    config.grid[0] = launch.grid.x, config.grid[1] = launch.grid.y, config.grid[2] = launch.grid.z;
    config.block[0] = launch.block.x, config.block[1] = launch.block.y;
    config.block[2] = launch.block.z;
    config.shared_bytes = launch.shared_bytes;
    config.cooperative = launch.cooperative ? 1 : 0;
    config.after = launch.after.data();
    config.after_count = launch.after.size();
    config.file = launch.where.file;
    config.line = launch.where.line;
    return configured;
  }

 private:
  detail::Unique<snt_kernel, snt_kernel_release> handle_;
};

// ---- Traces and runtimes ---------------------------------------------------------------------

// Records what a runtime does, from its creation to `stop`.
class Trace {
 public:
  void stop() { detail::check(snt_trace_stop(handle_.get())); }  // blocks
  // After `stop`.
  std::string summary() const {
    const char* text = nullptr;
    detail::check(snt_trace_summary(handle_.get(), &text));
    return text;
  }
  void write(const std::string& path, const std::string& format = "svg") const {
    detail::check(snt_trace_write(handle_.get(), path.c_str(), format.c_str()));
  }

 private:
  friend class Runtime;
  explicit Trace(snt_trace* handle) : handle_(handle) {}
  detail::Unique<snt_trace, snt_trace_release> handle_;
};

struct KernelOptions {
  std::string signature;             // empty: found in the source
  std::vector<std::string> options;  // NVRTC's: "-DN=4", "--use_fast_math", ...
  std::string source_name;           // shown in the compiler's messages
};

// One scheduler with its devices, arrays and kernels. Copying a Runtime copies the handle.
class Runtime {
 public:
  using Options = std::vector<std::pair<std::string, std::string>>;

  // `device`: "auto" (the GPUs if there are any, else the CPU), "cuda", "cpu", "virtual".
  // `options`: by name, as listed by snt_option_describe.
  explicit Runtime(const std::string& device = "auto", const Options& options = {}) {
    std::vector<snt_option> given;
    for (const auto& [name, value] : options) given.push_back({name.c_str(), value.c_str()});
    SNT_INIT(snt_runtime_config, config);
    // "auto" leaves it to the environment.
    config.device = device == "auto" ? nullptr : device.c_str();
    config.options = given.data();
    config.option_count = given.size();
    snt_runtime* made = nullptr;
    detail::check(snt_runtime_create(&config, &made));
    handle_ = std::shared_ptr<snt_runtime>(made, snt_runtime_release);
  }

  snt_runtime* native() const { return handle_.get(); }

  // Reads as zeros.
  template <Element T>
  Array<T> array(std::initializer_list<std::int64_t> shape, snt_order order = SNT_ORDER_C) const {
    return make<T>({shape.begin(), shape.size()}, order, SNT_ZEROS);
  }
  // With contents, which are copied before it returns.
  template <Element T>
  Array<T> array(std::span<const T> values) const {
    const auto size = static_cast<std::int64_t>(values.size());
    Array<T> made = make<T>({&size, 1}, SNT_ORDER_C, SNT_EMPTY);
    made.write(values);
    return made;
  }
  template <Element T>
  Array<T> array(const std::vector<T>& values) const {
    return array(std::span<const T>(values));
  }
  // Contents undefined.
  template <Element T>
  Array<T> empty(std::initializer_list<std::int64_t> shape, snt_order order = SNT_ORDER_C) const {
    return make<T>({shape.begin(), shape.size()}, order, SNT_EMPTY);
  }

  // Compiles `name` (an expression: "scale<float, 4>") of the CUDA C++ `source`. Blocks.
  Kernel kernel(const std::string& source, const std::string& name,
                const KernelOptions& options = {}) const {
    std::vector<const char*> given;
    for (const std::string& option : options.options) given.push_back(option.c_str());
    SNT_INIT(snt_kernel_config, config);
    config.source = source.c_str();
    config.name = name.c_str();
    config.signature = options.signature.empty() ? nullptr : options.signature.c_str();
    config.source_name = options.source_name.empty() ? nullptr : options.source_name.c_str();
    config.options = given.data();
    config.option_count = given.size();
    snt_kernel* made = nullptr;
    detail::check(snt_kernel_build(native(), &config, &made));
    return Kernel(made);
  }

  // Blocks until all submitted work is done; throws a failure that nothing has reported yet.
  void sync() const { detail::check(snt_runtime_sync(native())); }
  // Blocks until one launch is done; throws its failure.
  void wait(Operation operation) const { detail::check(snt_operation_wait(native(), operation)); }

  snt_statistics statistics() const {
    SNT_INIT(snt_statistics, now);
    detail::check(snt_runtime_statistics(native(), &now));
    return now;
  }
  std::vector<std::string> device_names() const {
    std::vector<std::string> names;
    for (std::int32_t i = 0; i < snt_runtime_device_count(native()); ++i) {
      SNT_INIT(snt_device_info, info);
      detail::check(snt_runtime_device_info(native(), i, &info));
      names.emplace_back(info.name);
    }
    return names;
  }
  Trace trace() const {
    snt_trace* made = nullptr;
    detail::check(snt_trace_start(native(), &made));
    return Trace(made);
  }

 private:
  template <Element T>
  Array<T> make(std::span<const std::int64_t> shape, snt_order order, snt_initial initial) const {
    SNT_INIT(snt_array_config, config);
    config.dtype = detail::dtype_of<T>();
    config.dimensions = static_cast<std::int32_t>(shape.size());
    config.shape = shape.data();
    config.order = order;
    config.initial = initial;
    snt_array* made = nullptr;
    detail::check(snt_array_create(native(), &config, &made));
    return Array<T>(made);
  }

  std::shared_ptr<snt_runtime> handle_;
};

}  // namespace sennit

#endif  // SENNIT_SENNIT_HPP_
