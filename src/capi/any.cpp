#include "capi/any.h"

#include <cstring>

#include "capi/foreign.h"

namespace sennit::capi {

using grcuda::Any;
using grcuda::ValueRef;

bool number_from(const snt_any& given, Any& out) {
  switch (given.kind) {
    case SNT_ANY_BOOL:
      out = given.value.i != 0;
      return true;
    case SNT_ANY_INT:
      out = std::int64_t{given.value.i};
      return true;
    case SNT_ANY_FLOAT:
      out = given.value.f;
      return true;
    default:
      return false;
  }
}

Any any_from(const snt_any& given, snt_runtime* runtime) {
  Any number;
  if (number_from(given, number)) return number;
  switch (given.kind) {
    case SNT_ANY_NOTHING:
      return {};
    case SNT_ANY_TEXT:
      return std::string(&required(given.value.text, "text"));
    case SNT_ANY_VALUE:
      return required(given.value.object, "object").value;
    case SNT_ANY_FOREIGN:
      return ValueRef(
          std::make_shared<ForeignValue>(required(given.value.foreign, "foreign"), runtime));
    default:
      raise(ErrorCode::InvalidArgument, format("a snt_any has kind {}", given.kind));
  }
}

std::vector<Any> anys_from(const snt_any* given, std::size_t count, snt_runtime* runtime) {
  if (count > 0) required(given, "arguments");
  std::vector<Any> values(count);
  std::optional<Error> failure;
  for (std::size_t i = 0; i < count; ++i) {
    try {
      values[i] = any_from(given[i], runtime);
    } catch (const Error& error) {
      failure = error;
    }
  }
  if (failure) throw Error(*failure);
  return values;
}

bool number_to(const Any& value, snt_any& out) {
  if (const auto* real = std::get_if<double>(&value)) {
    out.kind = SNT_ANY_FLOAT;
    out.value.f = *real;
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    out.kind = SNT_ANY_INT;
    out.value.i = *integer;
  } else if (const auto* truth = std::get_if<bool>(&value)) {
    out.kind = SNT_ANY_BOOL;
    out.value.i = *truth ? 1 : 0;
  } else {
    return false;
  }
  out.reserved = 0;
  return true;
}

snt_any any_to(const Any& value, snt_runtime* runtime) {
  snt_any out{};
  if (number_to(value, out)) return out;
  if (const auto* text = std::get_if<std::string>(&value)) {
    char* const copy = new char[text->size() + 1];
    std::memcpy(copy, text->c_str(), text->size() + 1);
    out.kind = SNT_ANY_TEXT;
    out.value.text = copy;
  } else if (const auto* object = std::get_if<ValueRef>(&value)) {
    if (const auto* foreign = dynamic_cast<const ForeignValue*>(object->get())) {
      out.kind = SNT_ANY_FOREIGN;
      out.value.user = foreign->user();
    } else {
      out.kind = SNT_ANY_VALUE;
      out.value.object = new snt_value(runtime, *object);
    }
  }
  return out;
}

snt_any result_to(const Any& value, snt_runtime* runtime) {
  if (const auto foreign = grcuda::find_value<ForeignValue>(value)) foreign->retain();
  return any_to(value, runtime);
}

}  // namespace sennit::capi
