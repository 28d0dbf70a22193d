// base/log.h: messages for the user that are not errors.
//
// Never log under the scheduler's lock: the sink is the user's code.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace sennit {

// Values are part of the C ABI (snt_log_level in sennit.h).
enum class LogLevel : std::int32_t { Silent = 0, Error = 1, Warning = 2, Info = 3, Debug = 4 };

using LogSink = void (*)(void* user, LogLevel level, const char* message);

// Sends messages of `level` and more urgent ones to `sink`; null: to standard error. Process-wide.
// The sink is called by any thread, by several at once, and under no lock: it may log, or set
// another sink. A call that has begun may go on after it was replaced, so `user` must outlive it.
void set_log_sink(LogSink sink, void* user, LogLevel level);
// Keeps the sink.
void set_log_level(LogLevel level);

namespace log_detail {
extern std::atomic<LogLevel> level;
void write(LogLevel level, const std::string& message);
}  // namespace log_detail

inline bool logs(LogLevel level) {
  return level <= log_detail::level.load(std::memory_order_relaxed);
}

// Formats only what somebody sees.
template <typename... Arguments>
void log(LogLevel level, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  if (logs(level)) log_detail::write(level, format(text, std::forward<Arguments>(arguments)...));
}

}  // namespace sennit
