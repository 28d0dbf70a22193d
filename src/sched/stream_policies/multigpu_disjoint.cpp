// sched/stream_policies/multigpu_disjoint.cpp: the placement policy chooses among the devices of
// the parents that nobody has followed yet; there, the stream of one of them.
#include <algorithm>

#include "sched/stream_policies/unfollowed_parent.h"

namespace sennit {
namespace {

class MultigpuDisjoint final : public UnfollowedParent {
 public:
  void devices(std::span<const ParentStream> parents, std::vector<int>& out) const override {
    for (const ParentStream& parent : parents) {
      const bool is_new = std::find(out.begin(), out.end(), parent.device) == out.end();
      if (!parent.followed && is_new) out.push_back(parent.device);
    }
  }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_multigpu_disjoint;
const StreamPolicyInfo stream_policy_multigpu_disjoint{
    "multigpu_disjoint",
    "placed among the devices of parents that nobody has followed yet, on the stream of one",
    StreamPolicyInfo::Child,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<MultigpuDisjoint>(); }};

}  // namespace sennit
