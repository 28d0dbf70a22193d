// sched/stream_policies/unfollowed_parent.h: the stream of the first parent that nobody has
// followed yet, else as without parents. What GrCUDA's "disjoint" policies have in common.
#pragma once

#include "sched/stream_policy.h"

namespace sennit {

class UnfollowedParent : public StreamPolicy {
 public:
  bool by_program() const override { return true; }
  int child(StreamQuery& query) override {
    for (const ParentStream& parent : query.parents()) {
      if (!parent.followed) return parent.stream;
    }
    return StreamQuery::kAsRoot;
  }
};

}  // namespace sennit
