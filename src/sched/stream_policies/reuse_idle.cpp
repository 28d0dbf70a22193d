// sched/stream_policies/reuse_idle.cpp: an idle stream for whatever depends on nothing unfinished,
// else a new one.
#include "sched/stream_policy.h"

namespace sennit {
namespace {

class ReuseIdle final : public StreamPolicy {
 public:
  int root(StreamQuery& query) override { return query.idle_stream(); }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_reuse_idle;
const StreamPolicyInfo stream_policy_reuse_idle{
    "reuse_idle", "an idle stream for whatever depends on nothing unfinished, else a new one",
    StreamPolicyInfo::Root,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<ReuseIdle>(); }};

}  // namespace sennit
