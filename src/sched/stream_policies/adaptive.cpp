// sched/stream_policies/adaptive.cpp: follow a parent; leave its stream only where that gains more
// than it costs.
#include "sched/stream_policy.h"

namespace sennit {
namespace {

class Adaptive final : public StreamPolicy {
 public:
  // An idle stream costs nothing to enter, but leaving it again costs an event and a wait.
  int root(StreamQuery& query) override {
    return query.worth_crossing() ? query.idle_stream() : query.last_stream();
  }
  // Behind a parent that is its stream's tail nothing is delayed and no event is needed. Where
  // another operation has already followed every parent, going elsewhere lets both run at once;
  // for kernels shorter than the crossing it is cheaper to queue up.
  int child(StreamQuery& query) override {
    // Short kernels whose parents are on several streams gather on one of them, the same for all:
    // what copies drove apart would else go on crossing.
    int lowest = query.parents().front().stream;
    bool several = false;
    for (const ParentStream& parent : query.parents()) {
      several |= parent.stream != lowest;
      if (parent.stream < lowest) lowest = parent.stream;
    }
    if (several && !query.worth_crossing()) return lowest;
    for (const ParentStream& parent : query.parents()) {
      if (parent.is_tail) return parent.stream;
    }
    return query.worth_crossing() ? query.idle_stream() : query.parents().back().stream;
  }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_adaptive;
const StreamPolicyInfo stream_policy_adaptive{
    "adaptive", "follow a parent; leave its stream only where that gains more than it costs",
    StreamPolicyInfo::Both,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<Adaptive>(); }};

}  // namespace sennit
