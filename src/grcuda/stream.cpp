#include "grcuda/stream.h"

#include "base/error.h"
#include "base/text.h"

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

void Event::record(const Stream& stream) {
  std::vector<NodeId> operations = stream.dependencies();
  const Lock lock(mutex_);
  if (destroyed_) raise(ErrorCode::InvalidArgument, describe() + " was destroyed");
  operations_ = std::move(operations);
}

std::vector<NodeId> Event::operations() const {
  const Lock lock(mutex_);
  if (destroyed_) raise(ErrorCode::InvalidArgument, describe() + " was destroyed");
  return operations_;
}

void Event::sync() const {
  for (const NodeId operation : operations()) runtime_->scheduler().wait(operation);
}

void Event::destroy() {
  const Lock lock(mutex_);
  if (destroyed_) raise(ErrorCode::InvalidArgument, describe() + " was destroyed");
  destroyed_ = true;
  operations_.clear();
}

std::string Event::describe() const {
  return format("CUDAEvent({})", static_cast<const void*>(this));
}

}  // namespace sennit::grcuda
