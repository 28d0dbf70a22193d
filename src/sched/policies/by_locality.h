// sched/policies/by_locality.h: what the policies share that place work by where its data is.
#pragma once

#include "sched/policies/next_in_turn.h"

namespace sennit {

// Of the devices that hold more than the part `data_threshold` of the operation's bytes, the one of
// the lowest cost; the first of equal ones. If there is none, the next in turn.
class ByLocality : public Policy {
 public:
  int place(const PlacementQuery& query) final {
    double all = 0;
    for (const Holding& holding : query.holdings()) all += static_cast<double>(holding.bytes);
    int best = -1;
    double least = 0;
    for (const int device : query.devices()) {
      if (!(bytes_on(query, device) > query.data_threshold() * all)) continue;
      const double device_cost = cost(query, device);
      if (best >= 0 && !(device_cost < least)) continue;
      best = device;
      least = device_cost;
    }
    return best >= 0 ? best : turn_.place(query);
  }

 protected:
  virtual double cost(const PlacementQuery& query, int device) const = 0;

  static double bytes_on(const PlacementQuery& query, int device) {
    double sum = 0;
    for (const Holding& holding : query.holdings()) {
      if (holding.is_at(query.location_of(device))) sum += static_cast<double>(holding.bytes);
    }
    return sum;
  }
  // Seconds until all that `device` lacks would be there, from the holders that `choose` prefers:
  // given two bandwidths it returns one.
  template <typename Choose>
  static double transfer_seconds(const PlacementQuery& query, int device, Choose choose) {
    const Location to = query.location_of(device);
    double sum = 0;
    for (const Holding& holding : query.holdings()) {
      if (holding.is_at(to) || holding.locations == 0) continue;
      double bandwidth = -1;
      holding.for_each([&](Location from) {
        const double link = query.bandwidth(from, to);
        bandwidth = bandwidth < 0 ? link : choose(bandwidth, link);
      });
      sum += static_cast<double>(holding.bytes) / bandwidth;
    }
    return sum;
  }

 private:
  NextInTurn turn_;
};

}  // namespace sennit
