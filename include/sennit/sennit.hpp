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

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <sennit/array.hpp>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sennit {

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
  Dim3 cluster = {};               // blocks that share distributed shared memory
  std::span<const Operation> after = {};
  Location where = {};
  // The arrays that the kernel comes to through pointers in memory, as Array::native() lends them;
  // nullopt: if its code may follow pointers, every array whose address anybody has been told.
  std::optional<std::span<snt_array* const>> touches = std::nullopt;
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
    return (*this)(Launch{grid, block, shared_bytes, false, {}, {}, where});
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
    config.cluster[0] = launch.cluster.x, config.cluster[1] = launch.cluster.y;
    config.cluster[2] = launch.cluster.z;
    if (launch.touches) {
      static snt_array* const none = nullptr;
      config.touches = launch.touches->empty() ? &none : launch.touches->data();
      config.touch_count = launch.touches->size();
    }
    return configured;
  }

  // The __device__ or __constant__ variable `name` of the kernel's code, whole, as an array.
  template <Element T>
  Array<T> variable(const std::string& name) const {
    snt_array* made = nullptr;
    detail::check(
        snt_kernel_variable(native(), name.c_str(), detail::dtype_of<T>(), 0, nullptr, &made));
    return Array<T>(made);
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
  // The kernel whose symbol is `name` in `image`: PTX, a cubin or a fatbin, for GPUs. It does not
  // say what its parameters are: `signature` does.
  Kernel kernel(std::span<const std::byte> image, const std::string& name,
                const std::string& signature) const {
    SNT_INIT(snt_kernel_config, config);
    config.image = image.data();
    config.image_bytes = image.size();
    config.name = name.c_str();
    config.signature = signature.c_str();
    snt_kernel* made = nullptr;
    detail::check(snt_kernel_build(native(), &config, &made));
    return Kernel(made);
  }

  // Blocks until all submitted work is done; throws a failure that nothing has reported yet.
  void sync() const { detail::check(snt_runtime_sync(native())); }
  // Blocks until one launch is done; throws its failure.
  void wait(Operation operation) const { detail::check(snt_operation_wait(native(), operation)); }

  // ---- Beside other libraries on a GPU: see sennit.h ----
  // All work submitted later waits for what `stream` has been given so far.
  void wait_for(snt_stream stream, std::int32_t device = 0) const {
    detail::check(snt_runtime_wait_for(native(), device, stream));
  }
  // What `stream` is given later waits for all submitted work that uses `array`.
  template <Element T>
  void stream_wait(snt_stream stream, const Array<T>& array) const {
    detail::check(snt_runtime_stream_wait(native(), stream, array.native()));
  }
  // An array of `shape` in C order at `data` on a device, which somebody else owns: it must live
  // until the array is gone and its work done. `stream`: what the bytes are ready behind.
  template <Element T>
  Array<T> adopt(T* data, std::initializer_list<std::int64_t> shape,
                 snt_stream stream = SNT_NO_STREAM, std::int32_t device = 0) const {
    SNT_INIT(snt_device_memory, memory);
    memory.device = device;
    memory.dtype = detail::dtype_of<T>();
    memory.data = data;
    memory.dimensions = static_cast<std::int32_t>(shape.size());
    memory.shape = shape.begin();
    memory.stream = stream;
    snt_array* made = nullptr;
    detail::check(snt_array_from_device_memory(native(), &memory, &made));
    return Array<T>(made);
  }
  // Gives memory that is kept for later arrays back to the system. Blocks.
  void trim() const { detail::check(snt_runtime_trim(native())); }

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
