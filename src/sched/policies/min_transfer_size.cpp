// sched/policies/min_transfer_size.cpp: the device that holds most of the operation's bytes.
#include "sched/policies/by_locality.h"

namespace sennit {
namespace {

class MinTransferSize final : public ByLocality {
  double cost(const PlacementQuery& query, int device) const override {
    return -bytes_on(query, device);
  }
};

}  // namespace

extern const PolicyInfo policy_min_transfer_size;
const PolicyInfo policy_min_transfer_size{
    "min_transfer_size", "the device that holds most of the operation's bytes",
    []() -> std::unique_ptr<Policy> { return std::make_unique<MinTransferSize>(); }};

}  // namespace sennit
