// sched/policies/round_robin.cpp: the next device each time, whatever the data. The one to beat.
#include "sched/policies/next_in_turn.h"

namespace sennit {
namespace {

class RoundRobin final : public Policy {
 public:
  int place(const PlacementQuery& query) override { return turn_.place(query); }

 private:
  NextInTurn turn_;
};

}  // namespace

extern const PolicyInfo policy_round_robin;
const PolicyInfo policy_round_robin{
    "round_robin", "the next device each time, whatever the data",
    []() -> std::unique_ptr<Policy> { return std::make_unique<RoundRobin>(); }};

}  // namespace sennit
