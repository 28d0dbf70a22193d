// capi/trace.cpp: recording what a runtime does.
#include "capi/boundary.h"
#include "capi/handles.h"
#include "runtime/tracing.h"

using sennit::capi::guarded;
using sennit::capi::required;

struct snt_trace {
  sennit::Tracing tracing;
};

extern "C" {

snt_error* snt_trace_start(snt_runtime* runtime, snt_trace** out_trace) {
  return guarded([&] {
    required(out_trace, "out_trace");
    *out_trace = new snt_trace{sennit::Tracing(required(runtime, "runtime").runtime)};
  });
}

snt_error* snt_trace_stop(snt_trace* trace) {
  return guarded([&] { required(trace, "trace").tracing.stop(); });
}

snt_error* snt_trace_summary(snt_trace* trace, const char** out_text) {
  return guarded(
      [&] { required(out_text, "out_text") = required(trace, "trace").tracing.summary().c_str(); });
}

snt_error* snt_trace_write(snt_trace* trace, const char* path, const char* format) {
  return guarded([&] {
    required(trace, "trace").tracing.write(&required(path, "path"), &required(format, "format"));
  });
}

void snt_trace_release(snt_trace* trace) { delete trace; }

}  // extern "C"
