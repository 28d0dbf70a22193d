// sched/plan.h: what the scheduler decided for one operation. Plain data: nothing has happened yet.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "graph/frontier.h"
#include "memory/coherence.h"
#include "sched/operation.h"

namespace sennit {

using StreamId = std::uint32_t;  // index among all streams of the runtime
inline constexpr StreamId kNoStream = 0xffffffffu;
// Of what is held back: on no stream yet (sched/replay.cpp).
inline constexpr StreamId kHeldBack = 0xfffffffeu;

// A transfer that must precede the operation.
struct PlannedTransfer {
  Transfer transfer;
  int device = 0;
  StreamId stream = kNoStream;  // kNoStream: the operation's
  // Its parents: [first, last) of Plan::transfer_parents.
  std::uint32_t first_parent = 0;
  std::uint32_t last_parent = 0;
};

// A replica that is read by views moves to fresh memory before it is written.
struct PlannedMove {
  ArrayId array = 0;
  Location location;
};

// Memory that the operation needs and that does not exist yet. It is allocated without the lock,
// then the operation is decided anew.
struct MissingMemory {
  ArrayId array = 0;
  std::uint64_t serial = 0;
  Location location;
  bool fresh = false;  // to replace a pinned generation
};

struct Plan {
  int device = 0;
  Location location;            // whose replicas the work uses
  StreamId stream = kNoStream;  // kNoStream: a new one
  std::vector<MissingMemory> missing;
  std::vector<PlannedMove> moves;
  std::vector<PlannedTransfer> transfers;
  std::vector<ParentSet::Parent> transfer_parents;
  ParentSet parents;  // beside the transfers

  std::span<const ParentSet::Parent> parents_of(const PlannedTransfer& planned) const {
    return std::span(transfer_parents)
        .subspan(planned.first_parent, planned.last_parent - planned.first_parent);
  }
  void clear();
  // For logs and tests: "saxpy on device 0, stream 2, after #3 #7, with 1 transfer: ...".
  std::string to_text(const Operation& operation) const;
};

}  // namespace sennit
