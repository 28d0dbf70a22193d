#include "grcuda/kernel_value.h"

#include <array>
#include <deque>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/device_array.h"
#include "grcuda/gpu_pointer.h"

namespace sennit::grcuda {

std::string Kernel::describe() const { return format("Kernel({})", kernel_->label()); }

std::optional<Any> Kernel::member(std::string_view name) {
  if (name == "name") return std::string(kernel_->label());
  if (name == "launchCount") return static_cast<std::int64_t>(kernel_->launch_count());
  if (name == "ptx") return kernel_->program()->assembly();
  if (name == "signature") return kernel_->facts().signature_text;
  return std::nullopt;
}

// ---- Configuring -----------------------------------------------------------------------------

namespace {

std::uint32_t extent_from(const Any& any, std::string_view what) {
  const std::int64_t extent = integer_from(any, what);
  if (extent >= 1 && extent <= 0xffffffff) return static_cast<std::uint32_t>(extent);
  raise(ErrorCode::InvalidArgument,
        format("{} is {}; it must be from 1 to 4294967295", what, extent));
}

// A number, or one to three of them.
Dim3 dim3_from(const Any& any, std::string_view what) {
  const ValueRef* const value = std::get_if<ValueRef>(&any);
  if (value == nullptr || !(*value)->has_elements()) {
    return {extent_from(any, format("{}.dim3.x", what)), 1, 1};
  }
  const std::int64_t size = (*value)->size();
  if (size < 1 || size > 3) {
    raise(ErrorCode::InvalidArgument,
          format("{} needs to have between 1 and 3 elements; it has {}", what, size));
  }
  Dim3 dim;
  std::uint32_t* const extents[] = {&dim.x, &dim.y, &dim.z};
  for (std::int64_t i = 0; i < size; ++i) {
    *extents[i] = extent_from((*value)->read_element(i), format("{}.dim3.{}", what, "xyz"[i]));
  }
  return dim;
}

std::shared_ptr<Stream> stream_from(const Any& any) {
  if (auto stream = find_value<Stream>(any)) return stream;
  raise(ErrorCode::InvalidArgument,
        format("a kernel is configured by (grid, block [, shared bytes] [, stream]), and was given "
               "{} for the stream; cudaStreamCreate() makes one",
               grcuda::describe(any)));
}

}  // namespace

Any Kernel::call(std::span<const Any> arguments) {
  check_arity(kernel_->label(), arguments, 2, 4);
  LaunchConfig config;
  config.grid = dim3_from(arguments[0], "gridSize");
  config.block = dim3_from(arguments[1], "blockSize");
  std::shared_ptr<Stream> stream;
  if (arguments.size() == 3 && !is_number(arguments[2])) {
    stream = stream_from(arguments[2]);
  } else if (arguments.size() >= 3) {
    const std::int64_t bytes = integer_from(arguments[2], "the bytes of dynamic shared memory");
    if (bytes < 0 || bytes > 0x7fffffff) {
      raise(ErrorCode::InvalidArgument,
            format("{} bytes of dynamic shared memory; they are from 0 to 2147483647", bytes));
    }
    config.shared_bytes = static_cast<std::uint32_t>(bytes);
  }
  if (arguments.size() == 4) stream = stream_from(arguments[3]);
  kernel_->check(config);
  auto self = std::static_pointer_cast<Kernel>(shared_from_this());
  return ValueRef(std::make_shared<ConfiguredKernel>(std::move(self), config, std::move(stream)));
}

std::string ConfiguredKernel::describe() const {
  const auto extents = [](const Dim3& dim) { return format("({}, {}, {})", dim.x, dim.y, dim.z); };
  return format("ConfiguredKernel({}, gridSize={}, blockSize={}, sharedMemoryBytes={})",
                kernel_->describe(), extents(config_.grid), extents(config_.block),
                config_.shared_bytes);
}

// ---- Launching -------------------------------------------------------------------------------

namespace {

constexpr std::size_t kUsualArguments = 24;

// The type of the parameter's value, or of what it points to; nullopt: not known, or there is none.
std::optional<Dtype> dtype_of_parameter(const Signature& signature, std::size_t position) {
  const auto parameters = signature.parameters();
  return position < parameters.size() ? parameters[position].type.dtype : std::nullopt;
}

// Memory of cudaMalloc as elements of what the parameter points to; kept in `kept` for the call.
Argument pointer_argument(const GpuPointer& pointer, const Signature& signature,
                          std::size_t position, std::deque<Array>& kept) {
  const Dtype dtype = dtype_of_parameter(signature, position).value_or(Dtype::UInt8);
  return Argument::of(kept.emplace_back(pointer.elements(dtype)).view());
}

Argument argument_from(const Any& any, const char* kernel, std::size_t position,
                       const Signature& signature, std::deque<Array>& kept) {
  if (const auto* integer = std::get_if<std::int64_t>(&any)) {
    // The program's integers have a sign: as GrCUDA does, 64 bits without one are taken from them.
    if (*integer < 0 && dtype_of_parameter(signature, position) == Dtype::UInt64) {
      return Argument::of(static_cast<std::uint64_t>(*integer));
    }
    return Argument::of(*integer);
  }
  if (const auto* real = std::get_if<double>(&any)) return Argument::of(*real);
  if (const auto* truth = std::get_if<bool>(&any)) return Argument::of(*truth);
  if (const auto* value = std::get_if<ValueRef>(&any)) {
    if (const auto* array = dynamic_cast<const DeviceArray*>(value->get())) {
      if (array->is_view() && !array->array().layout().c_contiguous()) {
        raise(ErrorCode::InvalidArgument,
              format("launching '{}': argument {}: expected DeviceArray type, and {} has gaps "
                     "between its elements; copy it to an array of its own",
                     kernel, position + 1, array->describe()));
      }
      return Argument::of(array->array().view());
    }
    if (const auto* pointer = dynamic_cast<const GpuPointer*>(value->get())) {
      return pointer_argument(*pointer, signature, position, kept);
    }
    if (const auto address = (*value)->address()) return Argument::of_device_pointer(*address);
  }
  raise(ErrorCode::InvalidArgument,
        format("launching '{}': argument {}: expected DeviceArray type or a number, and it was "
               "given {}",
               kernel, position + 1, describe(any)));
}

}  // namespace

void Kernel::launch(const LaunchConfig& config, Stream* stream, std::span<const Any> arguments) {
  std::array<Argument, kUsualArguments> usual;
  std::vector<Argument> many;
  Argument* bound = usual.data();
  if (arguments.size() > usual.size()) {
    many.resize(arguments.size());
    bound = many.data();
  }
  std::deque<Array> kept;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    bound[i] = argument_from(arguments[i], kernel_->label(), i, kernel_->facts().signature, kept);
  }
  LaunchOptions options;
  options.integral_floats = IntegralFloats::Accept;
  options.device = current_->for_launches();
  std::vector<NodeId> after;
  if (stream != nullptr) after = stream->dependencies();
  options.after = after;
  const NodeId node = runtime_->launch(*kernel_, config, {bound, arguments.size()}, options);
  if (stream != nullptr) stream->launched(node);
}

}  // namespace sennit::grcuda
