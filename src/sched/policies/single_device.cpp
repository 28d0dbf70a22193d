// sched/policies/single_device.cpp: everything on the first device.
#include "sched/policy.h"

namespace sennit {
namespace {

class SingleDevice final : public Policy {
 public:
  int place(const PlacementQuery& query) override { return query.devices().front(); }
  std::optional<int> only_device() const override { return 0; }
};

}  // namespace

extern const PolicyInfo policy_single_device;
const PolicyInfo policy_single_device{
    "single_device", "everything on the first device",
    []() -> std::unique_ptr<Policy> { return std::make_unique<SingleDevice>(); }};

}  // namespace sennit
