// capi/kernel.cpp: building and launching kernels.
#include <array>
#include <complex>
#include <optional>
#include <span>
#include <vector>

#include "base/text.h"
#include "capi/boundary.h"
#include "capi/handles.h"

using sennit::Argument;
using sennit::ErrorCode;
using sennit::capi::guarded;
using sennit::capi::required;

namespace {

// Arguments in the runtime's form, on the stack as far as a usual kernel goes.
class Arguments {
 public:
  // `runtime`: the kernel's; arrays must be of the same.
  Arguments(const snt_argument* given, size_t count, const sennit::Runtime& runtime)
      : count_(count) {
    if (count > 0) required(given, "arguments");
    if (count > few_.size()) many_.resize(count);
    Argument* to = count > few_.size() ? many_.data() : few_.data();
    for (size_t i = 0; i < count; ++i) to[i] = convert(given[i], i, runtime);
    first_ = to;
  }
  std::span<const Argument> get() const { return {first_, count_}; }

 private:
  static Argument convert(const snt_argument& given, size_t index, const sennit::Runtime& runtime) {
    switch (given.kind) {
      case SNT_ARGUMENT_ARRAY:
        if (given.value.array == nullptr) break;
        if (&given.value.array->array.runtime() != &runtime) {
          sennit::raise(ErrorCode::InvalidArgument,
                        sennit::format("argument {} is an array of another runtime than the kernel",
                                       index + 1));
        }
        return Argument::of(given.value.array->array.view(), (given.bytes & SNT_UNTRACKED) != 0);
      case SNT_ARGUMENT_BOOL:
        return Argument::of(given.value.i != 0);
      case SNT_ARGUMENT_INT:
        return Argument::of(std::int64_t{given.value.i});
      case SNT_ARGUMENT_UINT:
        return Argument::of(std::uint64_t{given.value.u});
      case SNT_ARGUMENT_FLOAT:
        return Argument::of(given.value.f);
      case SNT_ARGUMENT_BYTES:
        return Argument::of_bytes(given.value.data, given.bytes);
      case SNT_ARGUMENT_POINTER:
        return given.value.data == nullptr ? Argument::null()
                                           : Argument::of_device_pointer(given.value.u);
      case SNT_ARGUMENT_COMPLEX:
        if (given.value.data == nullptr) break;
        return Argument::of(*static_cast<const std::complex<double>*>(given.value.data));
      default:
        break;
    }
    sennit::raise(
        ErrorCode::InvalidArgument,
        sennit::format("argument {} has kind {}, or is a NULL array", index + 1, given.kind));
  }

  std::array<Argument, 16> few_;
  std::vector<Argument> many_;
  const Argument* first_ = nullptr;
  size_t count_;
};

// The arrays in `touches`, if it is given.
class Touched {
 public:
  Touched(const snt_launch_config& config, const sennit::Runtime& runtime)
      : given_(config.touches != nullptr) {
    for (size_t i = 0; given_ && i < config.touch_count; ++i) {
      const sennit::Array& array = required(config.touches[i], "touches[i]").array;
      if (&array.runtime() != &runtime) {
        sennit::raise(
            ErrorCode::InvalidArgument,
            sennit::format("touches[{}] is an array of another runtime than the kernel", i));
      }
      arrays_.push_back(&array);
    }
  }
  std::optional<std::span<const sennit::Array* const>> get() const {
    return given_ ? std::optional<std::span<const sennit::Array* const>>(arrays_) : std::nullopt;
  }

 private:
  const bool given_;
  std::vector<const sennit::Array*> arrays_;
};

// The first of a grid or a block is not optional: as 0 it is refused later.
sennit::Dim3 extent(const uint32_t (&given)[3]) {
  return {given[0], given[1] == 0 ? 1 : given[1], given[2] == 0 ? 1 : given[2]};
}

}  // namespace

extern "C" {

snt_error* snt_kernel_build(snt_runtime* runtime, const snt_kernel_config* config,
                            snt_kernel** out_kernel) {
  return guarded([&] {
    const snt_kernel_config given = sennit::capi::taken(required(config, "config"));
    required(out_kernel, "out_kernel");
    sennit::KernelRequest request;
    if (given.image != nullptr) {
      request.code = {static_cast<const std::byte*>(given.image), given.image_bytes};
      if (request.code.empty()) {
        sennit::raise(ErrorCode::InvalidArgument, "'image_bytes' is 0; it is the image's size");
      }
      if (given.source != nullptr) request.source = given.source;
    } else {
      request.source = &required(given.source, "source");
    }
    request.name = &required(given.name, "name");
    if (given.signature != nullptr) request.signature = given.signature;
    if (given.source_name != nullptr) request.source_name = given.source_name;
    for (size_t i = 0; i < given.option_count; ++i) {
      request.options.emplace_back(&required(given.options[i], "options[i]"));
    }
    *out_kernel =
        new snt_kernel(runtime, required(runtime, "runtime").runtime->build_kernel(request));
  });
}

snt_kernel* snt_kernel_retain(snt_kernel* kernel) { return sennit::capi::retain(kernel); }
void snt_kernel_release(snt_kernel* kernel) { sennit::capi::release(kernel); }

const char* snt_kernel_name(const snt_kernel* kernel) {
  return kernel != nullptr ? kernel->kernel->label() : "";
}

const char* snt_kernel_signature(const snt_kernel* kernel) {
  return kernel != nullptr ? kernel->kernel->facts().signature_text.c_str() : "";
}

int32_t snt_kernel_parameter_count(const snt_kernel* kernel) {
  return kernel != nullptr
             ? static_cast<int32_t>(kernel->kernel->facts().signature.parameters().size())
             : 0;
}

uint64_t snt_kernel_launch_count(const snt_kernel* kernel) {
  return kernel != nullptr ? kernel->kernel->launch_count() : 0;
}

snt_error* snt_kernel_variable(snt_kernel* kernel, const char* name, snt_dtype dtype,
                               int32_t dimensions, const int64_t* shape, snt_array** out_array) {
  return guarded([&] {
    snt_runtime* const owner = required(kernel, "kernel").owner;
    required(out_array, "out_array");
    std::optional<std::span<const int64_t>> extents;
    if (shape != nullptr) extents = sennit::capi::extents(shape, dimensions, "shape");
    *out_array = new snt_array(
        owner, owner->runtime->kernel_variable(kernel->kernel, &required(name, "name"),
                                               sennit::capi::checked_dtype(dtype), extents));
  });
}

snt_error* snt_kernel_launch(snt_kernel* kernel, const snt_launch_config* config,
                             const snt_argument* arguments, size_t argument_count,
                             snt_operation* out_operation) {
  return guarded([&] {
    const snt_launch_config given = sennit::capi::taken(required(config, "config"));
    sennit::Runtime& runtime = *required(kernel, "kernel").owner->runtime;
    const Arguments converted(arguments, argument_count, runtime);
    sennit::LaunchConfig launch;
    launch.grid = extent(given.grid);
    launch.block = extent(given.block);
    launch.shared_bytes = given.shared_bytes;
    launch.cooperative = given.cooperative != 0;
    launch.cluster = extent(given.cluster);
    if (launch.cluster.x == 0) launch.cluster.x = 1;
    sennit::LaunchOptions options;
    options.after = {given.after, given.after_count};
    options.where = {given.file, given.line};
    const Touched touched(given, runtime);
    options.touches = touched.get();
    const sennit::NodeId node = runtime.launch(*kernel->kernel, launch, converted.get(), options);
    if (out_operation != nullptr) *out_operation = node;
  });
}

}  // extern "C"
