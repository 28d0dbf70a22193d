// sched/stream_policies/same_as_parent.cpp: device and stream of the first parent.
#include "sched/stream_policy.h"

namespace sennit {
namespace {

class SameAsParent final : public StreamPolicy {
 public:
  bool by_program() const override { return true; }
  int child(StreamQuery& query) override { return query.parents().front().stream; }
  void devices(std::span<const ParentStream> parents, std::vector<int>& out) const override {
    if (!parents.empty()) out.push_back(parents.front().device);
  }
};

}  // namespace

extern const StreamPolicyInfo stream_policy_same_as_parent;
const StreamPolicyInfo stream_policy_same_as_parent{
    "same_as_parent", "device and stream of the first parent", StreamPolicyInfo::Child,
    []() -> std::unique_ptr<StreamPolicy> { return std::make_unique<SameAsParent>(); }};

}  // namespace sennit
