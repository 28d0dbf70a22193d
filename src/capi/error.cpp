// capi/error.cpp: errors, the log, and what needs no runtime.
#include "base/dtype.h"
#include "base/intern.h"
#include "base/log.h"
#include "base/options.h"
#include "capi/boundary.h"

namespace sennit::capi {

snt_error* no_memory_error() noexcept {
  static snt_error error{SNT_OUT_OF_MEMORY, "no host memory"};  // short: within the string itself
  return &error;
}

}  // namespace sennit::capi

using sennit::capi::guarded;

extern "C" {

#define SENNIT_TEXT(x) SENNIT_TEXT_(x)
#define SENNIT_TEXT_(x) #x
const char* snt_version(void) {
  return SENNIT_TEXT(SNT_VERSION_MAJOR) "." SENNIT_TEXT(SNT_VERSION_MINOR) "." SENNIT_TEXT(
      SNT_VERSION_PATCH);
}

snt_code snt_error_code(const snt_error* error) { return error != nullptr ? error->code : SNT_OK; }

const char* snt_error_message(const snt_error* error) {
  return error != nullptr ? error->message.c_str() : "";
}

void snt_error_release(snt_error* error) {
  if (error != sennit::capi::no_memory_error()) delete error;
}

void snt_set_log_sink(snt_log_sink sink, void* user, snt_log_level level) {
  // The same function type, but for the enumeration's C name.
  sennit::set_log_sink(reinterpret_cast<sennit::LogSink>(sink), user,
                       static_cast<sennit::LogLevel>(level));
}

const char* snt_intern(const char* text) {
  return text != nullptr ? sennit::intern(text) : nullptr;
}

size_t snt_option_count(void) { return sennit::option_table().size(); }

snt_error* snt_option_describe(size_t index, snt_option_info* out_info) {
  return guarded([&] {
    const auto table = sennit::option_table();
    if (index >= table.size()) {
      sennit::raise(sennit::ErrorCode::InvalidArgument,
                    sennit::format("option {} of {}", index, table.size()));
    }
    snt_option_info info{};
    info.name = table[index].name;
    info.default_value = table[index].standard;
    info.meaning = table[index].meaning;
    sennit::capi::give(info, out_info);
  });
}

const char* snt_dtype_name(snt_dtype dtype) {
  if (dtype < 1 || static_cast<size_t>(dtype) > sennit::dtypes().size()) return nullptr;
  return sennit::name_of(static_cast<sennit::Dtype>(dtype)).data();  // of a literal
}

size_t snt_dtype_bytes(snt_dtype dtype) {
  if (dtype < 1 || static_cast<size_t>(dtype) > sennit::dtypes().size()) return 0;
  return sennit::bytes_of(static_cast<sennit::Dtype>(dtype));
}

snt_error* snt_dtype_parse(const char* name, snt_dtype* out_dtype) {
  return guarded([&] {
    const sennit::Dtype dtype = sennit::parse_dtype(&sennit::capi::required(name, "name"));
    sennit::capi::required(out_dtype, "out_dtype") = static_cast<snt_dtype>(dtype);
  });
}

}  // extern "C"
