// sched/stream_policies/same_as_parent.cpp: the stream of the newest parent.
#include "sched/stream_policy.h"

namespace sennit {
namespace {

class SameAsParent final : public StreamPolicy {
 public:
  int root(StreamQuery& query) override { return query.idle_stream(); }
  int child(StreamQuery& query) override { return query.parents().back().stream; }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_same_as_parent;
const StreamPolicyInfo stream_policy_same_as_parent{
    "same_as_parent", "the stream of the newest parent", StreamPolicyInfo::Child,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<SameAsParent>(); }};

}  // namespace sennit
