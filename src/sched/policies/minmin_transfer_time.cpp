// sched/policies/minmin_transfer_time.cpp: the device that the operation's bytes reach soonest if
// each comes over the fastest link that there is from where it is.
#include <algorithm>

#include "sched/policies/by_locality.h"

namespace sennit {
namespace {

class MinMinTransferTime final : public ByLocality {
  double cost(const PlacementQuery& query, int device) const override {
    return transfer_seconds(query, device, [](double a, double b) { return std::max(a, b); });
  }
};

}  // namespace

extern const PolicyInfo policy_minmin_transfer_time;
const PolicyInfo policy_minmin_transfer_time{
    "minmin_transfer_time",
    "the device that the operation's bytes reach soonest, each over the fastest link",
    []() -> std::unique_ptr<Policy> { return std::make_unique<MinMinTransferTime>(); },
    /*by_bandwidth=*/true};

}  // namespace sennit
