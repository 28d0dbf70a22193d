// sched/observers/trace.h: records what a scheduler does, for pictures and figures.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "backend/backend.h"
#include "base/mutex.h"
#include "graph/frontier.h"
#include "sched/observer.h"

namespace sennit {

struct TraceRecord {
  NodeId node = kNoNode;
  OperationKind kind = OperationKind::Launch;
  std::string label;
  SourceLocation where;
  int device = 0;
  StreamId stream = kNoStream;  // kNoStream: the host's own reads and writes
  // What it depends on: indices of records. Every dependency of the program, whether or not the
  // other was finished already when this one was submitted.
  std::vector<std::uint32_t> parents;
  std::uint64_t bytes = 0;  // of transfers
  double submitted_us = 0;  // on the clock of Device::now_us
  double start_us = -1;     // negative: the backend does not tell
  double end_us = -1;
  bool failed = false;
  bool touches_known = false;  // some of its parents may come from that: see Operation

  bool timed() const { return start_us >= 0; }
  bool on_host() const { return stream == kNoStream; }
};

class Trace final : public Observer {
 public:
  // `clock`: the device whose clock dates submissions. Outlives the trace.
  explicit Trace(const Device& clock) : clock_(clock) {}

  void on_issue(const ObservedOperation& operation) override;
  void on_done(NodeId node, const Error* failure) override;
  void on_release(ArrayId array) override;

  // Adds when the recorded commands ran.
  void add(const std::vector<Timing>& timings);
  // What was recorded, in order of submission. After recording has ended.
  const std::vector<TraceRecord>& records() const SENNIT_NO_THREAD_SAFETY_ANALYSIS {
    return records_;
  }

 private:
  void depend(const ObservedOperation& operation, TraceRecord& record) SENNIT_REQUIRES(mutex_);

  const Device& clock_;
  Mutex mutex_;
  std::vector<TraceRecord> records_ SENNIT_GUARDED_BY(mutex_);
  std::unordered_map<NodeId, std::uint32_t> index_ SENNIT_GUARDED_BY(mutex_);  // by node
  // The program's own dependencies: the same inference, on whole arrays wherever they are, and
  // nothing is ever finished.
  NodeTable nodes_ SENNIT_GUARDED_BY(mutex_);
  Frontier frontier_ SENNIT_GUARDED_BY(mutex_){nodes_};
  std::unordered_map<NodeId, std::uint32_t> logical_ SENNIT_GUARDED_BY(mutex_);
  std::vector<NodeId> order_ SENNIT_GUARDED_BY(mutex_);
  std::size_t oldest_ SENNIT_GUARDED_BY(mutex_) = 0;
};

}  // namespace sennit
