#include "capi/foreign.h"

namespace sennit::capi {

using grcuda::Any;

ForeignValue::ForeignValue(const snt_foreign& given, snt_runtime* runtime)
    : foreign_(capi::taken(given)),
      description_(given.description != nullptr ? given.description : "object"),
      runtime_(capi::retain(runtime)) {}

ForeignValue::~ForeignValue() {
  if (foreign_.release != nullptr) foreign_.release(foreign_.user);
  capi::release(runtime_);
}

void ForeignValue::check(std::int32_t result, const char* doing) const {
  if (result == 0) return;
  raise(ErrorCode::InvalidArgument,
        format("{} failed in an object of the program: {}", doing, description_));
}

Any ForeignValue::taken(snt_any& result) const {
  Any value = any_from(result, runtime_);
  if (result.kind == SNT_ANY_VALUE) snt_value_release(result.value.object);
  return value;
}

std::optional<Any> ForeignValue::member(std::string_view name) {
  if (foreign_.member == nullptr) return std::nullopt;
  snt_any result{};
  check(foreign_.member(foreign_.user, std::string(name).c_str(), &result), "reading a member");
  return taken(result);
}

std::int64_t ForeignValue::size() const {
  if (foreign_.size == nullptr) refuse("has no elements");
  std::int64_t size = 0;
  check(foreign_.size(foreign_.user, &size), "asking for the number of elements");
  return size;
}

Any ForeignValue::read_element(std::int64_t index) {
  if (foreign_.read == nullptr) refuse("has no elements");
  snt_any result{};
  check(foreign_.read(foreign_.user, index, &result), "reading an element");
  return taken(result);
}

void ForeignValue::write_element(std::int64_t index, const Any& value) {
  if (foreign_.write == nullptr) refuse("has no elements that can be written");
  snt_any element = any_to(value, runtime_);
  const std::int32_t result = foreign_.write(foreign_.user, index, &element);
  snt_any_release(&element);
  check(result, "writing an element");
}

std::optional<grcuda::HostBuffer> ForeignValue::buffer() {
  if (foreign_.buffer == nullptr) return std::nullopt;
  snt_foreign_buffer given{};
  given.struct_size = sizeof given;
  if (foreign_.buffer(foreign_.user, &given) != 0) return std::nullopt;
  const auto dtype = static_cast<Dtype>(given.dtype);
  // What no number of a GrCUDA program stands for: one by one, then, by the object's own word.
  if (dtype == Dtype::UInt64 || info(dtype).kind == DtypeKind::Complex) return std::nullopt;
  return grcuda::HostBuffer{given.data, dtype, given.size, given.writable != 0};
}

Any ForeignValue::call(std::span<const Any> arguments) {
  if (foreign_.call == nullptr) refuse("cannot be called");
  std::vector<snt_any> given;
  for (const Any& argument : arguments) given.push_back(any_to(argument, runtime_));
  snt_any result{};
  const std::int32_t failed = foreign_.call(foreign_.user, given.data(), given.size(), &result);
  for (snt_any& argument : given) snt_any_release(&argument);
  check(failed, "a call");
  return taken(result);
}

std::optional<std::uint64_t> ForeignValue::address() {
  std::uint64_t address = 0;
  if (foreign_.address == nullptr || foreign_.address(foreign_.user, &address) != 0) {
    return std::nullopt;
  }
  return address;
}

}  // namespace sennit::capi
