#include "runtime/tracing.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "sched/observers/overlap.h"
#include "sched/observers/trace_svg.h"
#include "sched/observers/trace_text.h"

namespace sennit {

Tracing::Tracing(std::shared_ptr<Runtime> runtime)
    : runtime_(std::move(runtime)),
      trace_(std::make_shared<Trace>(runtime_->scheduler().device(0))) {
  Scheduler& scheduler = runtime_->scheduler();
  for (int i = 0; i < scheduler.device_count(); ++i) scheduler.device(i).record_timings(true);
  scheduler.attach(trace_);
}

Tracing::~Tracing() {
  try {
    stop();
  } catch (...) {  // a failure of the recorded work, which reads of it raise too
  }
}

void Tracing::stop() {
  if (!running_) return;
  running_ = false;
  Scheduler& scheduler = runtime_->scheduler();
  std::exception_ptr failure;
  try {
    scheduler.sync();
  } catch (...) {
    failure = std::current_exception();
  }
  scheduler.detach(trace_.get());
  std::vector<Timing> timings;
  for (int i = 0; i < scheduler.device_count(); ++i) {
    scheduler.device(i).record_timings(false);
    scheduler.device(i).take_timings(timings);
  }
  trace_->add(timings);
  summary_ = to_text(measure_overlap(trace_->records()));
  if (failure) std::rethrow_exception(failure);
}

void Tracing::require_stopped() const {
  if (running_) raise(ErrorCode::InvalidArgument, "the trace is still recording; stop it first");
}

const std::string& Tracing::summary() {
  require_stopped();
  return summary_;
}

void Tracing::write(const std::string& path, std::string_view format_name) {
  require_stopped();
  std::string text;
  if (format_name == "svg") {
    text = to_svg(trace_->records());
  } else if (format_name == "dot") {
    text = to_dot(trace_->records());
  } else if (format_name == "json") {
    text = to_json(trace_->records());
  } else {
    raise(ErrorCode::InvalidArgument,
          format("no format is called '{}'; known: dot, json, svg", format_name));
  }
  std::FILE* file = std::fopen(path.c_str(), "wb");
  const bool written =
      file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = file != nullptr && std::fclose(file) == 0;
  if (!written || !closed) {
    raise(ErrorCode::Unavailable, format("cannot write '{}': {}", path, std::strerror(errno)));
  }
}

}  // namespace sennit
