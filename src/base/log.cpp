#include "base/log.h"

#include <cstdio>

#include "base/mutex.h"

namespace sennit {
namespace log_detail {

std::atomic<LogLevel> level{LogLevel::Warning};

namespace {

struct Sink {
  Mutex mutex;
  LogSink function SENNIT_GUARDED_BY(mutex) = nullptr;
  void* user SENNIT_GUARDED_BY(mutex) = nullptr;
};

// Never destroyed: threads may log until the very end.
Sink& sink() {
  static auto& instance = *new Sink;
  return instance;
}

const char* name(LogLevel of) {
  switch (of) {
    case LogLevel::Error:
      return "error";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Info:
      return "info";
    default:
      return "debug";
  }
}

}  // namespace

void write(LogLevel of, const std::string& message) {
  LogSink function = nullptr;
  void* user = nullptr;
  {
    const Lock lock(sink().mutex);
    function = sink().function;
    user = sink().user;
  }
  if (function != nullptr) {
    function(user, of, message.c_str());
  } else {
    std::fprintf(stderr, "sennit: %s: %s\n", name(of), message.c_str());
  }
}

}  // namespace log_detail

void set_log_level(LogLevel level) { log_detail::level.store(level, std::memory_order_relaxed); }

void set_log_sink(LogSink function, void* user, LogLevel level) {
  {
    const Lock lock(log_detail::sink().mutex);
    log_detail::sink().function = function;
    log_detail::sink().user = user;
  }
  set_log_level(level);
}

}  // namespace sennit
