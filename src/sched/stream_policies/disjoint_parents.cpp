// sched/stream_policies/disjoint_parents.cpp: device and stream of the first parent that nobody has
// followed yet, else as without parents.
#include "sched/stream_policies/unfollowed_parent.h"

namespace sennit {
namespace {

class DisjointParents final : public UnfollowedParent {
 public:
  void devices(std::span<const ParentStream> parents, std::vector<int>& out) const override {
    for (const ParentStream& parent : parents) {
      if (!parent.followed) return out.push_back(parent.device);
    }
  }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_disjoint_parents;
const StreamPolicyInfo stream_policy_disjoint_parents{
    "disjoint_parents",
    "device and stream of the first parent that nobody has followed yet, else as without parents",
    StreamPolicyInfo::Child,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<DisjointParents>(); }};

}  // namespace sennit
