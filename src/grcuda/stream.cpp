#include "grcuda/stream.h"

#include <chrono>

#include "base/error.h"
#include "base/text.h"
#include "runtime/host_call.h"

namespace sennit::grcuda {

void Stream::check_alive() const {
  if (destroyed_) raise(ErrorCode::InvalidArgument, describe() + " was destroyed");
}

std::vector<NodeId> Stream::dependencies() const {
  const Lock lock(mutex_);
  check_alive();
  return last_;
}

void Stream::launched(NodeId operation) {
  const Lock lock(mutex_);
  last_ = {operation};
}

void Stream::wait_for(const Event& event) {
  const std::vector<NodeId> operations = event.operations();
  const Lock lock(mutex_);
  check_alive();
  last_.insert(last_.end(), operations.begin(), operations.end());
}

void Stream::sync() {
  for (const NodeId operation : dependencies()) runtime_->scheduler().wait(operation);
}

void Stream::destroy() {
  const Lock lock(mutex_);
  check_alive();
  destroyed_ = true;
  last_.clear();
}

std::string Stream::describe() const {
  return format("CUDAStream({})", static_cast<const void*>(this));
}

// Notes the time, on a thread of the backend. Read once its operation is done.
class Event::Stamp final : public HostFunction {
 public:
  void run(std::span<std::byte* const>) override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    time_us = std::chrono::duration<double, std::micro>(now).count();
  }
  NodeId node = kNoNode;
  double time_us = 0;
};

void Event::check_alive() const {
  if (destroyed_) raise(ErrorCode::InvalidArgument, describe() + " was destroyed");
}

// The stamp is an operation that nothing waits for but who asks for the time.
void Event::record(const Stream& stream) {
  std::vector<NodeId> operations = stream.dependencies();
  const Lock lock(mutex_);
  check_alive();
  const auto stamp = std::make_shared<Stamp>();
  stamp->node = call_on_host(*runtime_, "cudaEventRecord", {}, stamp, operations);
  operations_ = std::move(operations);
  stamp_ = stamp;
}

std::vector<NodeId> Event::operations() const {
  const Lock lock(mutex_);
  check_alive();
  return operations_;
}

void Event::sync() const {
  for (const NodeId operation : operations()) runtime_->scheduler().wait(operation);
}

double Event::time_us() const {
  std::shared_ptr<const Stamp> stamp;
  {
    const Lock lock(mutex_);
    check_alive();
    stamp = stamp_;
  }
  if (!stamp) {
    raise(ErrorCode::InvalidArgument,
          format("invalid resource handle(400): {} was never recorded; cudaEventRecord(event, "
                 "stream) does",
                 describe()));
  }
  runtime_->scheduler().wait(stamp->node);
  return stamp->time_us;
}

void Event::destroy() {
  const Lock lock(mutex_);
  check_alive();
  destroyed_ = true;
  operations_.clear();
  stamp_.reset();
}

std::string Event::describe() const {
  return format("CUDAEvent({})", static_cast<const void*>(this));
}

}  // namespace sennit::grcuda
