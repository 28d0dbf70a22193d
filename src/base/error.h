// base/error.h: the one exception type of the library, and how it is raised.
//
// Inside the library errors are exceptions; at its edges (C ABI, worker threads, driver
// callbacks) they become values. A message says what is wrong, with the values, and what to do
// next; callers that know more prepend it with `add_context`.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace sennit {

// What the caller can do next. Values are part of the C ABI (snt_code in sennit.h): append,
// never renumber.
enum class ErrorCode : std::int32_t {
  InvalidArgument = 1,  // the same call can never work
  OutOfMemory = 2,      // free arrays and retry
  Unavailable = 3,      // a driver, compiler, backend or file is absent on this machine
  CompileFailed = 4,    // the kernel's source is wrong; the message carries the compiler's log
  KernelFailed = 5,     // a kernel failed while it ran (assert, trap, fault)
  DeviceLost = 6,       // the device is gone for this process
  Busy = 7,             // a writable view is open, or the object is in use
  Unsupported = 8,      // valid, but this backend cannot do it
  Internal = 9,         // a bug in sennit
};

// Where something happened: in our source for an Error, in the user's for a submission.
// (Not std::source_location: Clang 14 lacks it.)
struct SourceLocation {
  const char* file = nullptr;  // static storage, or interned by the runtime
  int line = 0;

  // As a default argument: the location of the outermost call.
  static constexpr SourceLocation here(const char* file = __builtin_FILE(),
                                       int line = __builtin_LINE()) {
    return {file, line};
  }
  constexpr bool known() const { return file != nullptr; }
};

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, SourceLocation where = {})
      : code_(code), message_(std::move(message)), where_(where) {}

  ErrorCode code() const noexcept { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const noexcept { return message_; }
  const SourceLocation& where() const noexcept { return where_; }  // in sennit's own source

  // Prepends what the caller was doing, outermost first: "launching 'saxpy': ...".
  void add_context(std::string_view doing) { message_.insert(0, std::string(doing) + ": "); }

 private:
  ErrorCode code_;
  std::string message_;
  SourceLocation where_;
};

// For the caller's and the machine's faults.
[[noreturn]] inline void raise(ErrorCode code, std::string message,
                               SourceLocation where = SourceLocation::here()) {
  throw Error(code, std::move(message), where);
}

// For a bug of ours: an invariant that does not hold.
[[noreturn]] inline void fail(std::string message, SourceLocation where = SourceLocation::here()) {
  throw Error(ErrorCode::Internal,
              "internal error: " + std::move(message) + " (" + where.file + ":" +
                  std::to_string(where.line) + "); this is a bug in sennit, please report it",
              where);
}

}  // namespace sennit
