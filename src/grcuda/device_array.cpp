#include "grcuda/device_array.h"

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/array_copies.h"
#include "grcuda/coercion.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

using ElementBytes = std::array<std::byte, 16>;

std::shared_ptr<DeviceArray> DeviceArray::create(Runtime& runtime, Dtype dtype,
                                                 std::span<const std::int64_t> shape, Order order) {
  if (shape.empty()) {
    raise(ErrorCode::InvalidArgument, "a device array has at least one dimension; give its length");
  }
  for (const std::int64_t extent : shape) {
    if (extent < 1) {
      raise(ErrorCode::InvalidArgument, format("array dimension less than 1: {}", extent));
    }
  }
  auto memory = std::make_shared<Memory>(std::in_place, runtime.create_array(dtype, shape, order));
  return std::shared_ptr<DeviceArray>(new DeviceArray(std::move(memory), std::nullopt));
}

DeviceArray::DeviceArray(std::shared_ptr<Memory> memory, std::optional<Array> view)
    : memory_(std::move(memory)),
      view_(std::move(view)),
      dtype_(array().layout().dtype()),
      shape_(array().layout().shape().begin(), array().layout().shape().end()),
      dimensions_(array().layout().dimensions()),
      size_(shape_[0]),
      first_byte_(array().layout().offset_bytes()),
      stride_bytes_(array().layout().strides_bytes()[0]) {}

const Array& DeviceArray::array() const {
  if (!*memory_) {
    raise(ErrorCode::InvalidArgument,
          format("memory of array freed: {} cannot be used any more", describe()));
  }
  return view_ ? *view_ : **memory_;
}

std::shared_ptr<DeviceArray> DeviceArray::self() {
  return std::static_pointer_cast<DeviceArray>(shared_from_this());
}

std::string DeviceArray::describe() const {
  std::string extents;
  for (const std::int64_t extent : shape_) extents += format("[{}]", extent);
  const char* const kind = is_view()  ? "MultiDimDeviceArrayView"
                           : is_row() ? "DeviceArray"
                                      : "MultiDimDeviceArray";
  return format("{}({}{})", kind, element_type_name(dtype_), extents);
}

// ---- Elements --------------------------------------------------------------------------------

void DeviceArray::check_index(std::int64_t index, std::string_view doing) const {
  if (index >= 0 && index < size_) return;
  raise(ErrorCode::InvalidArgument, format("{} index {} of {}: it has {} elements, counted from 0",
                                           doing, index, describe(), size_));
}

ValueRef DeviceArray::row(std::int64_t index) {
  const Layout& layout = array().layout();
  return ValueRef(new DeviceArray(
      memory_, array().view_of(dtype_, layout.shape().subspan(1), layout.strides_bytes().subspan(1),
                               index * stride_bytes_)));
}

Any DeviceArray::read_element(std::int64_t index) {
  check_index(index, "reading");
  if (!is_row()) return row(index);
  ElementBytes element;
  array().read_element(byte_of(index), element.data());
  return load_element(dtype_, element.data());
}

void DeviceArray::write_element(std::int64_t index, const Any& value) {
  check_index(index, "writing");
  if (!is_row()) {
    raise(ErrorCode::InvalidArgument,
          format("tried to write non-last dimension: element {} of {} is a row; write its elements "
                 "or use its copyFrom",
                 index, describe()));
  }
  ElementBytes element;
  store_element_or_raise(dtype_, value, element.data());
  array().write_element(byte_of(index), element.data());
}

bool DeviceArray::read_now(std::int64_t index, Any& out) {
  if (!is_row() || index < 0 || index >= size_ || !*memory_) return false;
  ElementBytes element;
  if (!array().read_element_now(byte_of(index), element.data())) return false;
  out = load_element(dtype_, element.data());
  return true;
}

bool DeviceArray::write_now(std::int64_t index, const Any& value) {
  if (!is_row() || index < 0 || index >= size_ || !*memory_) return false;
  ElementBytes element;
  return store_element(dtype_, value, element.data()) &&
         array().write_element_now(byte_of(index), element.data());
}

// ---- Members ---------------------------------------------------------------------------------

std::vector<std::string> DeviceArray::member_names() const {
  return {"copyFrom", "copyTo", "free", "isMemoryFreed"};
}

std::optional<Any> DeviceArray::member(std::string_view name) {
  const auto copier = [&](auto copy) {
    return Function::make(std::string(name), 1, 2,
                          [array = self(), copy](std::span<const Any> arguments) -> Any {
                            std::optional<std::int64_t> count;
                            if (arguments.size() > 1) {
                              count = integer_from(arguments[1], "the number of elements");
                            }
                            copy(*array, arguments[0], count);
                            return ValueRef(array);
                          });
  };
  if (name == "copyFrom") return copier(copy_from);
  if (name == "copyTo") return copier(copy_to);
  if (name == "free") {
    return Function::make("free", 0, 0, [array = self()](std::span<const Any>) -> Any {
      array->free();
      return {};
    });
  }
  if (name == "isMemoryFreed") {
    return ValueRef(std::make_shared<TruthMember>("isMemoryFreed", !*memory_));
  }
  if (name == "pointer") return static_cast<std::int64_t>(*address());
  return std::nullopt;
}

void DeviceArray::free() {
  if (is_view()) {
    raise(ErrorCode::InvalidArgument,
          format("Freeing memory directly on a MultiDimDeviceArrayView is not allowed: free the "
                 "array that {} belongs to",
                 describe()));
  }
  if (!*memory_) {
    raise(ErrorCode::InvalidArgument, format("device array already freed: {}", describe()));
  }
  memory_->reset();
}

std::optional<std::uint64_t> DeviceArray::address() {
  const Array& whole = array();
  const std::byte* const storage = whole.runtime().scheduler().expose(whole.storage());
  return reinterpret_cast<std::uintptr_t>(storage) + static_cast<std::uint64_t>(first_byte_);
}

// ---- The constructor -------------------------------------------------------------------------

namespace {

// d0 [, d1 ...], with 'C' or 'F' anywhere among them.
ValueRef construct(Runtime& runtime, Dtype dtype, std::span<const Any> arguments) {
  std::vector<std::int64_t> shape;
  std::optional<Order> order;
  for (const Any& argument : arguments) {
    const auto* text = std::get_if<std::string>(&argument);
    if (text == nullptr) {
      shape.push_back(integer_from(argument, "a dimension of a DeviceArray"));
      continue;
    }
    if (order) {
      raise(ErrorCode::InvalidArgument,
            format("string option already provided: an array has one order, and '{}' is the second",
                   *text));
    }
    if (*text == "C" || *text == "c") {
      order = Order::C;
    } else if (*text == "F" || *text == "f") {
      order = Order::F;
    } else {
      raise(ErrorCode::InvalidArgument,
            format("invalid string argument '{}', only \"C\" or \"F\" are allowed", *text));
    }
  }
  return DeviceArray::create(runtime, dtype, shape, order.value_or(Order::C));
}

class DeviceArrayFunction final : public Function {
 public:
  explicit DeviceArrayFunction(std::shared_ptr<Runtime> runtime)
      : Function("DeviceArray", 1, SIZE_MAX,
                 [runtime](std::span<const Any> arguments) -> Any {
                   const Dtype dtype = type_in(arguments[0]);
                   if (arguments.size() > 1)
                     return construct(*runtime, dtype, arguments.subspan(1));
                   return Function::make("DeviceArray constructor", 1, SIZE_MAX,
                                         [runtime, dtype](std::span<const Any> shape) -> Any {
                                           return construct(*runtime, dtype, shape);
                                         });
                 }),
        runtime_(std::move(runtime)) {}

  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override { return {"map"}; }
  std::optional<Any> member(std::string_view name) override {
    if (name != "map") return std::nullopt;
    return Function::make("map", 1, 2, [runtime = runtime_](std::span<const Any> given) -> Any {
      const Dtype dtype = type_in(given[0]);
      if (given.size() > 1) return array_of(runtime, dtype, given[1]);
      return Function::make("map", 1, 1, [runtime, dtype](std::span<const Any> source) -> Any {
        return array_of(runtime, dtype, source[0]);
      });
    });
  }

 private:
  static Dtype type_in(const Any& any) {
    return element_type_from(string_from(any, "the type of a DeviceArray"));
  }
  // `source` itself if it is a device array of that type, else a new one with its elements.
  static ValueRef array_of(const std::shared_ptr<Runtime>& runtime, Dtype dtype,
                           const Any& source) {
    if (const auto array = find_value<DeviceArray>(source)) {
      if (array->dtype() == dtype) return array;
    }
    const ValueRef* const elements = std::get_if<ValueRef>(&source);
    if (elements == nullptr || !(*elements)->has_elements()) {
      raise(ErrorCode::InvalidArgument,
            format("cannot map from non-array to DeviceArray: {}", describe_any(source)));
    }
    const std::int64_t size = (*elements)->size();
    auto array = DeviceArray::create(*runtime, dtype, {&size, 1}, Order::C);
    copy_from(*array, source, std::nullopt);
    return array;
  }
  static std::string describe_any(const Any& any) { return grcuda::describe(any); }

  const std::shared_ptr<Runtime> runtime_;
};

}  // namespace

ValueRef device_array_function(std::shared_ptr<Runtime> runtime) {
  return std::make_shared<DeviceArrayFunction>(std::move(runtime));
}

}  // namespace sennit::grcuda
