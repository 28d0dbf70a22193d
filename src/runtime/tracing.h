// runtime/tracing.h: recording a runtime, from start to stop.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/runtime.h"
#include "sched/observers/trace.h"

namespace sennit {

class Tracing {
 public:
  explicit Tracing(std::shared_ptr<Runtime> runtime);
  ~Tracing();

  // Waits until the recorded work is done. Again: nothing.
  void stop();
  // Of a stopped trace; raises InvalidArgument else.
  const std::string& summary();
  // `format`: "svg", "dot" or "json". Raises Unavailable if the file cannot be written.
  void write(const std::string& path, std::string_view format);

 private:
  void require_stopped() const;

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Trace> trace_;
  bool running_ = true;
  std::string summary_;
};

}  // namespace sennit
