// capi/any.h: dynamic values of the C ABI, to and from the library's own.
#pragma once

#include <span>
#include <vector>

#include "capi/handles.h"
#include "grcuda/context.h"
#include "grcuda/options.h"
#include "grcuda/program_record.h"

struct snt_value : sennit::capi::Shared {
  snt_value(snt_runtime* of, sennit::grcuda::ValueRef made)
      : owner(sennit::capi::retain(of)), value(std::move(made)) {}
  ~snt_value() {
    value.reset();  // before the runtime
    sennit::capi::release(owner);
  }
  snt_runtime* const owner;
  sennit::grcuda::ValueRef value;  // constant
};

struct snt_grcuda {
  snt_grcuda(snt_runtime* of, const sennit::grcuda::GrcudaOptions& options)
      : owner(sennit::capi::retain(of)),
        context(std::make_unique<sennit::grcuda::Context>(
            of->runtime, options.list(of->runtime->scheduler().device_count()))),
        record(sennit::grcuda::ProgramRecord::begin(of->runtime, options)) {}
  ~snt_grcuda() {
    record.reset();  // before the runtime, as the context
    context.reset();
    sennit::capi::release(owner);
  }
  snt_runtime* const owner;
  std::unique_ptr<sennit::grcuda::Context> context;  // constant
  std::unique_ptr<sennit::grcuda::ProgramRecord> record;
};

namespace sennit::capi {

// Takes over a foreign object, whatever happens. `runtime`: for what the object is handed later.
grcuda::Any any_from(const snt_any& given, snt_runtime* runtime);
// For whoever is called, who is lent it. The caller releases it.
snt_any any_to(const grcuda::Any& value, snt_runtime* runtime);
// For callers, who release it: a foreign object by its own function.
snt_any result_to(const grcuda::Any& value, snt_runtime* runtime);

// Arguments of a call: foreign objects among them are taken over even if one raises.
std::vector<grcuda::Any> anys_from(const snt_any* given, std::size_t count, snt_runtime* runtime);

// Numbers and truth values, without an allocation; false for all else.
bool number_from(const snt_any& given, grcuda::Any& out);
bool number_to(const grcuda::Any& value, snt_any& out);

}  // namespace sennit::capi
