#include "grcuda/native_function.h"

#include <cstring>
#include <deque>

#include "base/error.h"
#include "base/shared_library.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/device_array.h"
#include "runtime/host_call.h"

namespace sennit::grcuda {
namespace {

// One parameter's value as C passes it.
union Slot {
  std::uint64_t bits;
  void* pointer;
};

// A call with its arguments, kept until it has run.
class PendingCall final : public HostFunction {
 public:
  PendingCall(std::shared_ptr<const NativeInterface> interface, void* function, std::size_t count)
      : interface_(std::move(interface)), function_(function), slots_(count) {}

  void run(std::span<std::byte* const> arrays) override {
    for (std::size_t i = 0; i < arrays.size(); ++i) slots_[array_slots_[i]].pointer = arrays[i];
    std::vector<void*> values;
    for (Slot& slot : slots_) values.push_back(&slot);
    interface_->call(function_, values.data(), &result_);
  }

  Slot& slot(std::size_t index) { return slots_[index]; }
  const char* keep(const std::string& text) { return texts_.emplace_back(text).c_str(); }
  // The slot gets the array's address when the call runs.
  void add_array(std::size_t slot, std::shared_ptr<DeviceArray> array, AccessMode mode) {
    array_slots_.push_back(slot);
    arrays_.push_back({&array->array(), mode});
    kept_.push_back(std::move(array));
  }
  std::span<const HostCallArray> arrays() const { return arrays_; }
  // Once it is submitted the scheduler keeps their memory; to hold them here would keep the runtime
  // alive by its own work.
  void release_arrays() {
    arrays_.clear();
    kept_.clear();
  }
  const Slot& result() const { return result_; }

 private:
  const std::shared_ptr<const NativeInterface> interface_;
  void* const function_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> array_slots_;
  std::vector<HostCallArray> arrays_;
  std::vector<std::shared_ptr<DeviceArray>> kept_;
  std::deque<std::string> texts_;  // their addresses are arguments
  Slot result_{};
};

[[noreturn]] void refuse(const NativeSignature& signature, std::size_t index,
                         const std::string& what) {
  raise(ErrorCode::InvalidArgument,
        format("calling '{}': argument {}: {}", signature.qualified_name(), index + 1, what));
}

void bind_pointer(const NativeSignature& signature, std::size_t index, const Any& any,
                  PendingCall& call) {
  const NativeParameter& parameter = signature.parameters[index];
  if (auto array = find_value<DeviceArray>(any)) {
    if (!points_to(*parameter.type, array->dtype())) {
      refuse(signature, index,
             format("device array of {} cannot be used as pointer argument {}",
                    element_type_name(array->dtype()), parameter.type->name));
    }
    if (array->is_view() && !array->array().layout().c_contiguous()) {
      refuse(signature, index,
             format("{} has gaps between its elements; copy it to an array of its own",
                    array->describe()));
    }
    return call.add_array(index, std::move(array), parameter.access);
  }
  if (std::holds_alternative<std::monostate>(any)) {
    call.slot(index).pointer = nullptr;
    return;
  }
  call.slot(index).bits =
      address_from(any, format("argument {} of '{}'", index + 1, signature.qualified_name()));
}

void bind_value(const NativeSignature& signature, std::size_t index, const Any& any,
                PendingCall& call) {
  const NativeType& type = *signature.parameters[index].type;
  if (type.kind == NativeKind::String) {
    call.slot(index).pointer = const_cast<char*>(call.keep(
        string_from(any, format("argument {} of '{}'", index + 1, signature.qualified_name()))));
    return;
  }
  if (*type.dtype == Dtype::UInt64) {
    call.slot(index).bits = static_cast<std::uint64_t>(
        integer_from(any, format("argument {} of '{}'", index + 1, signature.qualified_name())));
    return;
  }
  if (store_element(*type.dtype, any, &call.slot(index))) return;
  refuse(signature, index,
         format("value {} is out of range for type {}, or no number", describe(any), type.name));
}

// libffi gives small integers as whole registers; on the little-endian machines that sennit runs on
// their value is at the front.
Any result_of(const NativeSignature& signature, const Slot& result) {
  if (signature.result_is_pointer) return static_cast<std::int64_t>(result.bits);
  const NativeType& type = *signature.result;
  if (type.kind == NativeKind::Void) return {};
  if (type.kind == NativeKind::String) {
    if (result.pointer == nullptr) return {};
    return std::string(static_cast<const char*>(result.pointer));
  }
  if (*type.dtype == Dtype::UInt64) return static_cast<std::int64_t>(result.bits);
  return load_element(*type.dtype, &result);
}

}  // namespace

NativeFunction::NativeFunction(std::shared_ptr<Runtime> runtime, std::string library,
                               NativeSignature signature)
    : runtime_(std::move(runtime)),
      library_(std::move(library)),
      signature_(std::move(signature)),
      interface_(std::make_shared<NativeInterface>(signature_)) {}

std::string NativeFunction::describe() const {
  return format("HostFunction({} of {})", signature_.qualified_name(), library_);
}

void* NativeFunction::function() {
  const Lock lock(mutex_);
  if (function_ != nullptr) return function_;
  std::string reason;
  const SharedLibrary library = SharedLibrary::try_open(library_, &reason);
  if (!library) {
    raise(ErrorCode::Unavailable,
          format("unable to load shared library '{}': {}", library_, reason));
  }
  const std::string symbol = signature_.symbol();
  function_ = library.symbol(symbol.c_str());
  if (function_ == nullptr) {
    raise(
        ErrorCode::Unavailable,
        format("{} not found in {}{}", symbol, library_,
               signature_.is_cxx ? " (the C++ function " + signature_.qualified_name() + ")"
                                 : "; is it a C++ function? Then begin its signature with 'cxx'"));
  }
  return function_;
}

Any NativeFunction::call(std::span<const Any> arguments) {
  const std::size_t count = signature_.parameters.size();
  check_arity(signature_.qualified_name(), arguments, count, count);
  const auto pending = std::make_shared<PendingCall>(interface_, function(), count);
  for (std::size_t i = 0; i < count; ++i) {
    if (signature_.parameters[i].is_pointer) {
      bind_pointer(signature_, i, arguments[i], *pending);
    } else {
      bind_value(signature_, i, arguments[i], *pending);
    }
  }
  const NodeId node =
      call_on_host(*runtime_, signature_.qualified_name(), pending->arrays(), pending);
  pending->release_arrays();
  const bool is_void = signature_.result->kind == NativeKind::Void && !signature_.result_is_pointer;
  if (is_void) return {};
  runtime_->scheduler().wait(node);
  return result_of(signature_, pending->result());
}

}  // namespace sennit::grcuda
