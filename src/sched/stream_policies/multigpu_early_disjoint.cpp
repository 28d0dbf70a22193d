// sched/stream_policies/multigpu_early_disjoint.cpp: the placement policy chooses among all
// devices; there, the stream of a parent that nobody has followed yet, else as without parents.
#include "sched/stream_policies/unfollowed_parent.h"

namespace sennit {

extern const StreamPolicyInfo stream_policy_multigpu_early_disjoint;
const StreamPolicyInfo stream_policy_multigpu_early_disjoint{
    "multigpu_early_disjoint",
    "on whichever device it is placed, the stream of a parent that nobody has followed yet",
    StreamPolicyInfo::Child,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<UnfollowedParent>(); }};

}  // namespace sennit
