// capi/value.cpp: GrCUDA programs and their objects.
#include "capi/any.h"
#include "capi/boundary.h"
#include "grcuda/device_array.h"
#include "grcuda/options.h"

using sennit::ErrorCode;
using sennit::capi::any_from;
using sennit::capi::guarded;
using sennit::capi::required;
using sennit::capi::result_to;
using sennit::grcuda::Any;

extern "C" {

void snt_any_release(snt_any* any) {
  if (any == nullptr) return;
  if (any->kind == SNT_ANY_TEXT) delete[] any->value.text;
  if (any->kind == SNT_ANY_VALUE) snt_value_release(any->value.object);
  *any = snt_any{};
}

// ---- Programs ----

snt_error* snt_grcuda_create(snt_runtime* runtime, const snt_option* options, size_t option_count,
                             snt_grcuda** out_grcuda) {
  return guarded([&] {
    required(runtime, "runtime");
    required(out_grcuda, "out_grcuda");
    if (option_count > 0) required(options, "options");
    auto given = sennit::grcuda::GrcudaOptions::from_environment();
    for (size_t i = 0; i < option_count; ++i) {
      given.set(&required(options[i].name, "options[i].name"),
                &required(options[i].value, "options[i].value"));
    }
    *out_grcuda = new snt_grcuda(runtime, given);
  });
}

void snt_grcuda_release(snt_grcuda* grcuda) { delete grcuda; }

snt_error* snt_grcuda_eval(snt_grcuda* grcuda, const char* expression, snt_any* out_result) {
  return guarded([&] {
    required(out_result, "out_result");
    *out_result =
        result_to(required(grcuda, "grcuda").context->eval(&required(expression, "expression")),
                  grcuda->owner);
  });
}

snt_value* snt_value_retain(snt_value* value) { return sennit::capi::retain(value); }
void snt_value_release(snt_value* value) { sennit::capi::release(value); }

// ---- What a value is ----

snt_value_traits snt_value_traits_of(const snt_value* value) {
  if (value == nullptr) return 0;
  const sennit::grcuda::Value& of = *value->value;
  snt_value_traits traits = 0;
  if (of.has_members()) traits |= SNT_VALUE_MEMBERS;
  if (of.has_elements()) traits |= SNT_VALUE_ELEMENTS;
  if (of.is_executable()) traits |= SNT_VALUE_EXECUTABLE;
  if (of.truth()) traits |= SNT_VALUE_TRUTH;
  return traits;
}

snt_error* snt_value_describe(const snt_value* value, snt_any* out_text) {
  return guarded([&] {
    required(out_text, "out_text");
    *out_text = result_to(required(value, "value").value->describe(), value->owner);
  });
}

int32_t snt_value_truth(const snt_value* value) {
  const auto truth = value != nullptr ? value->value->truth() : std::nullopt;
  return truth ? (*truth ? 1 : 0) : -1;
}

// ---- Members ----

size_t snt_value_member_count(const snt_value* value) {
  size_t count = 0;
  snt_error_release(
      guarded([&] { count = required(value, "value").value->member_names().size(); }));
  return count;
}

snt_error* snt_value_member_name(const snt_value* value, size_t index, snt_any* out_text) {
  return guarded([&] {
    required(out_text, "out_text");
    const auto names = required(value, "value").value->member_names();
    if (index >= names.size()) {
      sennit::raise(ErrorCode::InvalidArgument,
                    sennit::format("member {} of {}, which has {}", index, value->value->describe(),
                                   names.size()));
    }
    *out_text = result_to(names[index], value->owner);
  });
}

snt_error* snt_value_member(snt_value* value, const char* name, snt_any* out_member,
                            int32_t* out_found) {
  return guarded([&] {
    required(out_member, "out_member");
    required(out_found, "out_found");
    const auto member = required(value, "value").value->member(&required(name, "name"));
    *out_member = member ? result_to(*member, value->owner) : snt_any{};
    *out_found = member ? 1 : 0;
  });
}

// ---- Elements ----

snt_error* snt_value_size(snt_value* value, int64_t* out_size) {
  return guarded([&] {
    required(out_size, "out_size");
    *out_size = required(value, "value").value->size();
  });
}

snt_error* snt_value_read(snt_value* value, int64_t index, snt_any* out_element) {
  return guarded([&] {
    required(out_element, "out_element");
    *out_element = result_to(required(value, "value").value->read_element(index), value->owner);
  });
}

snt_error* snt_value_write(snt_value* value, int64_t index, const snt_any* element) {
  return guarded([&] {
    required(value, "value");
    value->value->write_element(index, any_from(required(element, "element"), value->owner));
  });
}

int32_t snt_value_read_now(snt_value* value, int64_t index, snt_any* out_element) {
  Any element;
  return value != nullptr && out_element != nullptr && value->value->read_now(index, element) &&
                 sennit::capi::number_to(element, *out_element)
             ? 1
             : 0;
}

int32_t snt_value_write_now(snt_value* value, int64_t index, const snt_any* element) {
  Any number;
  return value != nullptr && element != nullptr && sennit::capi::number_from(*element, number) &&
                 value->value->write_now(index, number)
             ? 1
             : 0;
}

// ---- Calls, addresses, arrays ----

snt_error* snt_value_call(snt_value* value, const snt_any* arguments, size_t count,
                          snt_any* out_result) {
  return guarded([&] {
    required(out_result, "out_result");
    required(value, "value");
    const auto given = sennit::capi::anys_from(arguments, count, value->owner);
    *out_result = result_to(value->value->call(given), value->owner);
  });
}

snt_error* snt_value_address(snt_value* value, uint64_t* out_address) {
  return guarded([&] {
    required(out_address, "out_address");
    const auto address = required(value, "value").value->address();
    if (!address) {
      sennit::raise(ErrorCode::InvalidArgument, value->value->describe() + " has no address");
    }
    *out_address = *address;
  });
}

snt_error* snt_value_array(snt_value* value, snt_array** out_array) {
  return guarded([&] {
    required(out_array, "out_array");
    const auto* array =
        dynamic_cast<const sennit::grcuda::DeviceArray*>(required(value, "value").value.get());
    if (array == nullptr) {
      sennit::raise(ErrorCode::InvalidArgument, value->value->describe() + " is no array");
    }
    *out_array = new snt_array(value->owner, array->array());
  });
}

}  // extern "C"
