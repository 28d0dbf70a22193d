// memory/topology_test.cpp: the nearest of several replicas.

#include "memory/topology.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace sennit {
namespace {

constexpr Location kHost = Location::host(), kZero = Location::zero();
constexpr Location kFirst = Location::device(0), kSecond = Location::device(1),
                   kThird = Location::device(2);

TEST(Topology, GivesEachLocationABitOfItsOwn) {
  std::uint64_t seen = kHost.bit() | kZero.bit();
  for (int device = 0; device < Location::kMaxDevices; ++device) {
    const std::uint64_t bit = Location::device(device).bit();
    EXPECT_EQ(seen & bit, 0u) << device;
    seen |= bit;
  }
  EXPECT_EQ(seen, ~std::uint64_t{0});
}

TEST(Topology, CountsTheHostAndTheDevices) {
  EXPECT_EQ(Topology().location_count(), 1u);
  EXPECT_EQ(Topology(2).location_count(), 3u);
  EXPECT_EQ(Topology(Location::kMaxDevices).location_count(), 63u);
}

TEST(Topology, RefusesDevicesThatItCannotNumber) {
  for (const int devices : {-1, Location::kMaxDevices + 1, -2147483647}) {
    try {
      Topology topology(devices);
      ADD_FAILURE() << devices << " devices were accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
      EXPECT_NE(error.message().find("0 to 62"), std::string::npos) << error.message();
    }
  }
}

TEST(Topology, TakesTheFastestLinkAndTheLowerIndexOfEqualOnes) {
  Topology topology(3, 50e9);
  const std::uint64_t all = kHost.bit() | kFirst.bit() | kSecond.bit();
  EXPECT_EQ(topology.nearest(all, kThird), kHost);
  EXPECT_EQ(topology.nearest(kFirst.bit() | kSecond.bit(), kThird), kFirst);
  topology.set_bandwidth(kSecond, kThird, 300e9);
  EXPECT_EQ(topology.nearest(all, kThird), kSecond);
  EXPECT_EQ(topology.nearest(all & ~kSecond.bit(), kThird), kHost);
  EXPECT_EQ(topology.nearest(kThird.bit() | kHost.bit(), kSecond), kHost)
      << "the other direction is another link";
}

TEST(Topology, FillsRatherThanCopiesWhatIsZero) {
  Topology topology(1, 1e15);
  EXPECT_EQ(topology.nearest(kHost.bit() | kZero.bit(), kFirst), kZero);
}

TEST(Topology, UsesALinkOfNoBandwidthIfThereIsNoOther) {
  Topology topology(1, 0);
  EXPECT_EQ(topology.nearest(kHost.bit(), kFirst), kHost);
}

}  // namespace
}  // namespace sennit
