// sched/policies/next_in_turn.h: one device after the other, for the policies that do so when the
// data does not decide.
#pragma once

#include "sched/policy.h"

namespace sennit {

// Counts as GrCUDA does: on by one each time and round all devices, also where only some of them
// are to be chosen among.
class NextInTurn {
 public:
  int place(const PlacementQuery& query) {
    const std::size_t turn = next_;
    next_ = (next_ + 1) % static_cast<std::size_t>(query.device_count());
    return query.devices()[turn % query.devices().size()];
  }

 private:
  std::size_t next_ = 0;
};

}  // namespace sennit
