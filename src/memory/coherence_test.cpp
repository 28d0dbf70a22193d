// memory/coherence_test.cpp: what must move, and the same against an oracle that remembers, for
// each byte, where it is valid.

#include "memory/coherence.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "base/error.h"

namespace sennit {
namespace {

constexpr Location kHost = Location::host(), kZero = Location::zero();
constexpr Location kFirst = Location::device(0), kSecond = Location::device(1);
constexpr ByteRange kWhole{0, 100}, kLower{0, 50}, kUpper{50, 100};
using Transfers = std::vector<Transfer>;

class CoherenceTest : public ::testing::Test {
 protected:
  CoherenceTest() { coherence_.add(0, 100, kZero); }

  Transfers stage(AccessMode mode, ByteRange range, Location to) {
    Transfers transfers;
    coherence_.stage({0, mode, range}, to, transfers);
    return transfers;
  }
  // What the scheduler does: moves what is missing, then makes the access.
  Transfers access(AccessMode mode, ByteRange range, Location at) {
    const Transfers transfers = stage(mode, range, at);
    for (const Transfer& transfer : transfers) coherence_.commit_transfer(transfer);
    coherence_.commit_access({0, mode, range}, at);
    return transfers;
  }
  Transfers read(ByteRange range, Location at) { return access(AccessMode::Read, range, at); }
  Transfers update(ByteRange range, Location at) {
    return access(AccessMode::ReadWrite, range, at);
  }
  Transfers overwrite(ByteRange range, Location at) {
    return access(AccessMode::Overwrite, range, at);
  }

  Coherence coherence_{Topology(2)};
};

TEST_F(CoherenceTest, ANewArrayIsFilledWhereItIsFirstRead) {
  EXPECT_EQ(coherence_.missing_bytes({0, AccessMode::Read, kWhole}, kFirst), 0u)
      << "a fill moves nothing";
  EXPECT_EQ(read(kWhole, kFirst), (Transfers{{0, kZero, kFirst, kWhole}}));
  EXPECT_EQ(read(kWhole, kFirst), Transfers{});
  EXPECT_EQ(coherence_.holders(0), kZero.bit() | kFirst.bit());
}

TEST_F(CoherenceTest, HoldingsAreCutWhereTheHoldersChangeAndZeroHoldsNothing) {
  const auto holdings = [&](ByteRange range) {
    std::vector<Holding> all;
    coherence_.holdings(0, range, all);
    std::vector<std::pair<std::size_t, std::uint64_t>> plain;
    for (const Holding& holding : all) plain.emplace_back(holding.bytes, holding.locations);
    return plain;
  };
  using Plain = std::vector<std::pair<std::size_t, std::uint64_t>>;
  EXPECT_EQ(holdings(kWhole), (Plain{{100, 0}}));
  read(kWhole, kFirst);
  EXPECT_EQ(holdings(kWhole), (Plain{{100, kFirst.bit()}}));
  update(kUpper, kSecond);
  read({70, 80}, kHost);
  EXPECT_EQ(holdings({40, 90}), (Plain{{10, kFirst.bit()},
                                       {20, kSecond.bit()},
                                       {10, kHost.bit() | kSecond.bit()},
                                       {10, kSecond.bit()}}));
  Holding both{1, kHost.bit() | kSecond.bit()};
  std::vector<Location> visited;
  both.for_each([&](Location location) { visited.push_back(location); });
  EXPECT_EQ(visited, (std::vector{kHost, kSecond}));
}

TEST_F(CoherenceTest, AWriteLeavesTheWriterAsTheOnlyHolder) {
  EXPECT_EQ(overwrite(kWhole, kFirst), Transfers{}) << "nothing old is needed";
  EXPECT_EQ(coherence_.holders(0), kFirst.bit());
  EXPECT_EQ(update(kWhole, kSecond), (Transfers{{0, kFirst, kSecond, kWhole}}));
  EXPECT_EQ(coherence_.holders(0), kSecond.bit());
  EXPECT_TRUE(coherence_.exclusive(0, kWhole, kSecond));
}

TEST_F(CoherenceTest, OnlyTheRangeThatIsReadMoves) {
  overwrite(kWhole, kFirst);
  EXPECT_EQ(read({20, 30}, kHost), (Transfers{{0, kFirst, kHost, {20, 30}}}));
  EXPECT_EQ(coherence_.missing_bytes({0, AccessMode::Read, kLower}, kHost), 40u);
  EXPECT_EQ(read(kLower, kHost),
            (Transfers{{0, kFirst, kHost, {0, 20}}, {0, kFirst, kHost, {30, 50}}}));
  EXPECT_EQ(coherence_.valid_around(0, 25, kHost), kLower);
}

//   host    |------valid-----|                |
//   first   |                |------valid-----|
TEST_F(CoherenceTest, PartsComeFromWhereTheyAre) {
  overwrite(kLower, kHost);
  overwrite(kUpper, kFirst);
  EXPECT_EQ(stage(AccessMode::Read, {40, 60}, kSecond),
            (Transfers{{0, kHost, kSecond, {40, 50}}, {0, kFirst, kSecond, {50, 60}}}));
  EXPECT_EQ(read(kWhole, kHost), (Transfers{{0, kFirst, kHost, kUpper}}));
  EXPECT_EQ(coherence_.holders(0), kHost.bit() | kFirst.bit());
  EXPECT_EQ(coherence_.exclusive_around(0, 10, kHost), kLower);
  EXPECT_TRUE(coherence_.exclusive_around(0, 60, kHost).empty());
}

TEST_F(CoherenceTest, PartsFromOneSourceMoveAsOneAlthoughTheirOtherHoldersDiffer) {
  overwrite(kWhole, kHost);
  read(kLower, kFirst);
  EXPECT_EQ(stage(AccessMode::Read, kWhole, kSecond), (Transfers{{0, kHost, kSecond, kWhole}}));
}

TEST_F(CoherenceTest, AWriteInPartLeavesTheRestWhereItWas) {
  overwrite(kWhole, kFirst);
  EXPECT_EQ(overwrite({10, 20}, kHost), Transfers{});
  EXPECT_FALSE(coherence_.valid(0, {9, 20}, kHost));
  EXPECT_TRUE(coherence_.valid(0, {10, 20}, kHost));
  EXPECT_FALSE(coherence_.valid(0, {19, 21}, kFirst));
  EXPECT_TRUE(coherence_.exclusive(0, {20, 100}, kFirst));
  EXPECT_EQ(read(kWhole, kFirst), (Transfers{{0, kHost, kFirst, {10, 20}}}));
  EXPECT_EQ(update(kWhole, kFirst), Transfers{});
  EXPECT_EQ(coherence_.holders(0), kFirst.bit());
}

TEST_F(CoherenceTest, UndefinedContentsNeedNeitherACopyNorAFill) {
  coherence_.add_undefined(1, 100);
  for (const Location at : {kHost, kFirst, kSecond}) {
    Transfers transfers;
    coherence_.stage({1, AccessMode::ReadWrite, kWhole}, at, transfers);
    EXPECT_EQ(transfers, Transfers{});
  }
  coherence_.commit_access({1, AccessMode::ReadWrite, kLower}, kFirst);
  EXPECT_FALSE(coherence_.valid(1, kLower, kHost));
  EXPECT_TRUE(coherence_.valid(1, kUpper, kHost));
}

TEST_F(CoherenceTest, AReplicaCanBeDroppedOnlyWhileAnotherHasItsBytes) {
  overwrite(kWhole, kFirst);
  EXPECT_THROW(coherence_.drop(0, kFirst), Error);
  read(kLower, kHost);
  EXPECT_THROW(coherence_.drop(0, kFirst), Error);
  EXPECT_TRUE(coherence_.valid(0, kWhole, kFirst)) << "a refused drop changes nothing";
  coherence_.drop(0, kHost);
  EXPECT_EQ(coherence_.holders(0), kFirst.bit());
  read(kWhole, kHost);
  coherence_.drop(0, kFirst);
  EXPECT_EQ(coherence_.holders(0), kHost.bit());
}

TEST_F(CoherenceTest, AnArrayWithoutBytesNeedsNothing) {
  coherence_.add(1, 0, kZero);
  Transfers transfers;
  coherence_.stage({1, AccessMode::ReadWrite, {0, 0}}, kFirst, transfers);
  coherence_.commit_access({1, AccessMode::ReadWrite, {0, 0}}, kFirst);
  EXPECT_EQ(transfers, Transfers{});
  EXPECT_TRUE(coherence_.valid(1, {0, 0}, kFirst));
  EXPECT_TRUE(coherence_.exclusive(1, {0, 0}, kFirst));
}

// ---- The property ------------------------------------------------------------------------------

constexpr std::size_t kBytes = 24;
constexpr std::array kPlaces{kHost, kFirst, kSecond};

struct Step {
  enum Kind { Access, Prefetch, Drop, Renew } kind = Access;
  AccessMode mode = AccessMode::Read;
  ByteRange range;
  std::size_t place = 0;  // index in kPlaces
  bool undefined = false;
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << std::array{"access", "prefetch", "drop", "renew"}[step.kind] << " mode "
             << static_cast<int>(step.mode) << " [" << step.range.begin << ":" << step.range.end
             << "] at " << step.place << (step.undefined ? " undefined" : "");
}

rc::Gen<Step> any_step() {
  const auto border = rc::gen::inRange<std::size_t>(0, kBytes + 1);
  const auto range = rc::gen::oneOf(rc::gen::just(ByteRange{0, kBytes}),
                                    rc::gen::map(rc::gen::pair(border, border), [](auto borders) {
                                      return ByteRange{std::min(borders.first, borders.second),
                                                       std::max(borders.first, borders.second)};
                                    }));
  return rc::gen::build<Step>(
      rc::gen::set(
          &Step::kind,
          rc::gen::weightedElement<Step::Kind>(
              {{12, Step::Access}, {4, Step::Prefetch}, {2, Step::Drop}, {1, Step::Renew}})),
      rc::gen::set(&Step::mode, rc::gen::element(AccessMode::Read, AccessMode::Overwrite,
                                                 AccessMode::ReadWrite)),
      rc::gen::set(&Step::range, range),
      rc::gen::set(&Step::place, rc::gen::inRange<std::size_t>(0, kPlaces.size())),
      rc::gen::set(&Step::undefined, rc::gen::arbitrary<bool>()));
}

// For each byte, the locations where it is valid.
using Oracle = std::array<std::uint64_t, kBytes>;

Topology uneven_topology() {
  Topology topology(2);
  topology.set_bandwidth(kSecond, kFirst, 300e9);  // a fast link between the devices, one way
  topology.set_bandwidth(kHost, kSecond, 60e9);
  return topology;
}

class Machine {
 public:
  Machine() { renew(false); }

  void run(const Step& step) {
    const Location place = kPlaces[step.place];
    switch (step.kind) {
      case Step::Access:
        access(step.mode, step.range, place);
        break;
      case Step::Prefetch:  // a transfer without an access behind it
        for (const Transfer& transfer : staged(AccessMode::Read, step.range, place)) {
          commit(transfer);
        }
        break;
      case Step::Drop:
        drop(place);
        break;
      case Step::Renew:
        coherence_.remove(kArray);
        renew(step.undefined);
        break;
    }
    check();
  }

 private:
  void renew(bool undefined) {
    if (undefined) {
      coherence_.add_undefined(kArray, kBytes);
      oracle_.fill(kHost.bit() | kFirst.bit() | kSecond.bit());
    } else {
      coherence_.add(kArray, kBytes, kZero);
      oracle_.fill(kZero.bit());
    }
  }

  // Stages, and checks that exactly the missing bytes come, each from its nearest holder.
  Transfers staged(AccessMode mode, ByteRange range, Location to) {
    const Access access{kArray, mode, range};
    Transfers transfers;
    coherence_.stage(access, to, transfers);
    std::array<bool, kBytes> comes{};
    std::size_t moved = 0;
    for (const Transfer& transfer : transfers) {
      RC_ASSERT(transfer.array == kArray && transfer.to == to && !transfer.range.empty());
      if (!transfer.from.is_zero()) moved += transfer.range.size();
      for (std::size_t at = transfer.range.begin; at < transfer.range.end; ++at) {
        RC_ASSERT(transfer.from == topology_.nearest(oracle_[at], to));
        RC_ASSERT((oracle_[at] & transfer.from.bit()) != 0u);
        RC_ASSERT(!comes[at]);
        comes[at] = true;
      }
    }
    for (std::size_t at = 0; at < kBytes; ++at) {
      const bool wanted = reads(mode) && range.begin <= at && at < range.end;
      RC_ASSERT(comes[at] == (wanted && (oracle_[at] & to.bit()) == 0));
    }
    RC_ASSERT(coherence_.missing_bytes(access, to) == moved);
    for (std::size_t i = 1; i < transfers.size(); ++i) {  // no transfer could be part of another
      RC_ASSERT(!(transfers[i - 1].from == transfers[i].from &&
                  transfers[i - 1].range.end == transfers[i].range.begin));
    }
    return transfers;
  }

  void commit(const Transfer& transfer) {
    coherence_.commit_transfer(transfer);
    for (std::size_t at = transfer.range.begin; at < transfer.range.end; ++at) {
      oracle_[at] |= transfer.to.bit();
    }
  }

  void access(AccessMode mode, ByteRange range, Location at) {
    for (const Transfer& transfer : staged(mode, range, at)) commit(transfer);
    RC_ASSERT(!reads(mode) || coherence_.valid(kArray, range, at));
    coherence_.commit_access({kArray, mode, range}, at);
    if (!writes(mode)) return;
    for (std::size_t byte = range.begin; byte < range.end; ++byte) oracle_[byte] = at.bit();
  }

  void drop(Location place) {
    const bool needed = std::any_of(oracle_.begin(), oracle_.end(),
                                    [&](std::uint64_t holders) { return holders == place.bit(); });
    if (needed) {
      RC_ASSERT_THROWS_AS(coherence_.drop(kArray, place), Error);
      return;
    }
    coherence_.drop(kArray, place);
    for (std::uint64_t& holders : oracle_) holders &= ~place.bit();
  }

  void check() const {
    std::uint64_t holders = 0;
    for (const std::uint64_t of_byte : oracle_) holders |= of_byte;
    RC_ASSERT(coherence_.holders(kArray) == holders);
    RC_ASSERT(coherence_.in_parts(kArray) ==
              std::any_of(oracle_.begin(), oracle_.end(),
                          [&](std::uint64_t of_byte) { return of_byte != holders; }));
    for (const Location place : {kHost, kFirst, kSecond, kZero}) {
      const auto valid = [&](std::size_t at) { return (oracle_[at] & place.bit()) != 0; };
      const auto exclusive = [&](std::size_t at) { return oracle_[at] == place.bit(); };
      for (std::size_t begin = 0; begin < kBytes; ++begin) {
        RC_ASSERT(coherence_.valid_around(kArray, begin, place) == around(begin, valid));
        RC_ASSERT(coherence_.exclusive_around(kArray, begin, place) == around(begin, exclusive));
        bool all_valid = true, all_exclusive = true;
        for (std::size_t end = begin; end <= kBytes; ++end) {
          RC_ASSERT(coherence_.valid(kArray, {begin, end}, place) == all_valid);
          RC_ASSERT(coherence_.exclusive(kArray, {begin, end}, place) == all_exclusive);
          if (end == kBytes) break;
          all_valid = all_valid && valid(end);
          all_exclusive = all_exclusive && exclusive(end);
        }
      }
      std::vector<ByteRange> parts;
      coherence_.valid_parts(kArray, {3, 20}, place, parts);
      std::array<bool, kBytes> in_parts{};
      for (const ByteRange& part : parts) {
        std::fill(in_parts.begin() + static_cast<std::ptrdiff_t>(part.begin),
                  in_parts.begin() + static_cast<std::ptrdiff_t>(part.end), true);
      }
      for (std::size_t at = 0; at < kBytes; ++at) {
        RC_ASSERT(in_parts[at] == (3 <= at && at < 20 && valid(at)));
      }
    }
  }

  template <typename Predicate>
  static ByteRange around(std::size_t offset, Predicate holds) {
    ByteRange range{offset, offset};
    while (range.end < kBytes && holds(range.end)) ++range.end;
    while (!range.empty() && range.begin > 0 && holds(range.begin - 1)) --range.begin;
    return range;
  }

  static constexpr ArrayId kArray = 3;
  const Topology topology_ = uneven_topology();
  Coherence coherence_{topology_};
  Oracle oracle_{};
};

RC_GTEST_PROP(CoherenceProperty, AgreesWithAnOracleThatRemembersEachByte, ()) {
  const auto steps = *rc::gen::scale(3.0, rc::gen::container<std::vector<Step>>(any_step()));
  Machine machine;
  for (const Step& step : steps) machine.run(step);
}

}  // namespace
}  // namespace sennit
