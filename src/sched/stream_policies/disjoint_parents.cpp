// sched/stream_policies/disjoint_parents.cpp: the stream of a parent that nobody has followed yet,
// else as without parents.
#include "sched/stream_policy.h"

namespace sennit {
namespace {

class DisjointParents final : public StreamPolicy {
 public:
  int root(StreamQuery& query) override { return query.idle_stream(); }
  int child(StreamQuery& query) override {
    for (const ParentStream& parent : query.parents()) {
      if (parent.is_tail) return parent.stream;
    }
    return StreamQuery::kAsRoot;
  }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_disjoint_parents;
const StreamPolicyInfo stream_policy_disjoint_parents{
    "disjoint_parents",
    "the stream of a parent that nobody has followed yet, else as without parents",
    StreamPolicyInfo::Child,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<DisjointParents>(); }};

}  // namespace sennit
