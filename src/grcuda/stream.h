// grcuda/stream.h: streams and events that a program makes by itself.
//
// In sennit an order of its own is all that a stream is: what is launched on it runs after what was
// launched on it before, and beside that after whatever its arguments depend on. So a program that
// uses streams and forgets an event still gets the sequential answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "grcuda/value.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

class Event;

// An opaque object with an address, as GrCUDA's; the address only tells streams apart.
class Stream final : public Value {
 public:
  explicit Stream(std::shared_ptr<Runtime> runtime) : runtime_(std::move(runtime)) {}

  // What the next operation of the stream must run after.
  std::vector<NodeId> dependencies() const;
  void launched(NodeId operation);
  void wait_for(const Event& event);  // what comes later runs after the event
  void sync();
  // Raises InvalidArgument at the second call, and from what uses the stream later.
  void destroy();

  std::string describe() const override;
  std::optional<std::uint64_t> address() override { return reinterpret_cast<std::uintptr_t>(this); }

 private:
  void check_alive() const SENNIT_REQUIRES(mutex_);

  const std::shared_ptr<Runtime> runtime_;
  mutable Mutex mutex_;
  std::vector<NodeId> last_ SENNIT_GUARDED_BY(mutex_);
  bool destroyed_ SENNIT_GUARDED_BY(mutex_) = false;
};

class Event final : public Value {
 public:
  explicit Event(std::shared_ptr<Runtime> runtime) : runtime_(std::move(runtime)) {}

  void sync() const;
  void record(const Stream& stream);
  std::vector<NodeId> operations() const;  // that it stands for; none before it is recorded
  // When what it stands for was done, on the clock of Device::now_us, as a thread of the host saw
  // it. Waits for it. Raises InvalidArgument if the event was never recorded.
  double time_us() const;
  void destroy();

  std::string describe() const override;
  std::optional<std::uint64_t> address() override { return reinterpret_cast<std::uintptr_t>(this); }

 private:
  class Stamp;
  void check_alive() const SENNIT_REQUIRES(mutex_);

  const std::shared_ptr<Runtime> runtime_;
  mutable Mutex mutex_;
  std::vector<NodeId> operations_ SENNIT_GUARDED_BY(mutex_);
  std::shared_ptr<const Stamp> stamp_ SENNIT_GUARDED_BY(mutex_);  // null until it is recorded
  bool destroyed_ SENNIT_GUARDED_BY(mutex_) = false;
};

}  // namespace sennit::grcuda
