// sched/observer.h: the only way that traces, reports and statistics see what happens.
//
// To add an observer, derive from Observer and give it to Scheduler::attach. It is called under
// the scheduler's lock, in submission order: it must not block, throw or call the scheduler.
#pragma once

#include <span>

#include "graph/frontier.h"
#include "memory/location.h"
#include "sched/operation.h"
#include "sched/plan.h"

namespace sennit {

struct ObservedOperation {
  NodeId node = kNoNode;  // kNoNode for host reads and writes
  OperationKind kind = OperationKind::Launch;
  const char* label = "";
  SourceLocation where;
  int device = 0;
  Location location;
  StreamId stream = kNoStream;
  std::span<const Access> accesses;
  std::span<const ParentSet::Parent> parents;  // unfinished ones that it waits for
  double host_wait_us = 0;                     // host reads and writes: how long the host waited
  bool touches_known = false;                  // Operation::touches_known: in `accesses`, too
};

class Observer {
 public:
  virtual ~Observer() = default;
  // Queued (or, for a host access, done).
  virtual void on_issue(const ObservedOperation& operation) = 0;
  // Known to be done; `failure` is null if it went well.
  virtual void on_done(NodeId node, const Error* failure) = 0;
  // The id will name another array from now on.
  virtual void on_release(ArrayId /*array*/) {}
};

}  // namespace sennit
