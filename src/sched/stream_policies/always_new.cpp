// sched/stream_policies/always_new.cpp: a new stream for whatever depends on nothing unfinished.
#include "sched/stream_policy.h"

namespace sennit {
namespace {

class AlwaysNew final : public StreamPolicy {
 public:
  int root(StreamQuery&) override { return StreamQuery::kNewStream; }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_always_new;
const StreamPolicyInfo stream_policy_always_new{
    "always_new", "a new stream for whatever depends on nothing unfinished", StreamPolicyInfo::Root,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<AlwaysNew>(); }};

}  // namespace sennit
