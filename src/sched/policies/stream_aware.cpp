// sched/policies/stream_aware.cpp: the device with the fewest busy streams, whatever the data.
#include "sched/policy.h"

namespace sennit {
namespace {

class StreamAware final : public Policy {
 public:
  int place(const PlacementQuery& query) override {
    int best = query.devices().front();
    for (const int device : query.devices()) {
      if (query.busy_streams(device) < query.busy_streams(best)) best = device;
    }
    return best;
  }
};

}  // namespace

extern const PolicyInfo policy_stream_aware;
const PolicyInfo policy_stream_aware{
    "stream_aware", "the device with the fewest busy streams, whatever the data",
    []() -> std::unique_ptr<Policy> { return std::make_unique<StreamAware>(); }};

}  // namespace sennit
