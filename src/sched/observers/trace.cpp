#include "sched/observers/trace.h"

namespace sennit {
namespace {

// Dependencies on operations further back than this are left out of very long traces.
constexpr std::size_t kRemembered = 60000;

}  // namespace

void Trace::on_issue(const ObservedOperation& operation) {
  const Lock lock(mutex_);
  TraceRecord record;
  record.node = operation.node;
  record.kind = operation.kind;
  record.label = operation.label;
  record.where = operation.where;
  record.device = operation.device;
  record.stream = operation.stream;
  record.touches_known = operation.touches_known;
  record.submitted_us = clock_.now_us();
  if (operation.kind == OperationKind::Transfer) {
    for (const Access& access : operation.accesses) record.bytes += access.range.size();
    for (const ParentSet::Parent& parent : operation.parents) {
      const auto found = index_.find(parent.node);
      if (found != index_.end()) record.parents.push_back(found->second);
    }
  } else {
    depend(operation, record);
  }
  if (operation.node == kNoNode) {
    record.end_us = record.submitted_us;
    record.start_us = record.end_us - operation.host_wait_us;
  } else {
    index_[operation.node] = static_cast<std::uint32_t>(records_.size());
  }
  records_.push_back(std::move(record));
}

void Trace::depend(const ObservedOperation& operation, TraceRecord& record) {
  ParentSet set;
  set.start(nodes_);
  for (const Access& access : operation.accesses) {
    frontier_.collect(access.array, access.range, access.mode, set);
  }
  for (const ParentSet::Parent& parent : set.parents) {
    record.parents.push_back(logical_.at(parent.node));
  }
  if (order_.size() - oldest_ >= kRemembered) {
    nodes_.complete(order_[oldest_]);
    logical_.erase(order_[oldest_++]);
  }
  const NodeId node = nodes_.create();
  order_.push_back(node);
  const auto index = static_cast<std::uint32_t>(records_.size());
  logical_[node] = index;
  for (const Access& access : operation.accesses) {
    frontier_.advance(access.array, access.range, access.mode, node);
  }
}

void Trace::on_done(NodeId node, const Error* failure) {
  if (failure == nullptr) return;
  const Lock lock(mutex_);
  const auto found = index_.find(node);
  if (found != index_.end()) records_[found->second].failed = true;
}

void Trace::on_release(ArrayId array) {
  const Lock lock(mutex_);
  frontier_.reset(array);
}

void Trace::add(const std::vector<Timing>& timings) {
  const Lock lock(mutex_);
  for (const Timing& timing : timings) {
    const auto found = index_.find(timing.tag);
    if (found == index_.end()) continue;
    records_[found->second].start_us = timing.start_us;
    records_[found->second].end_us = timing.end_us;
  }
}

}  // namespace sennit
