// memory/interval_set_test.cpp: the set against one flag for each byte.

#include "memory/interval_set.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <tuple>

namespace sennit {
namespace {

using Ranges = std::vector<ByteRange>;
constexpr std::size_t kBytes = 40;

TEST(IntervalSet, JoinsRangesThatTouch) {
  IntervalSet set;
  set.add({10, 20});
  set.add({30, 40});
  set.add({20, 30});
  EXPECT_EQ(set.ranges(), (Ranges{{10, 40}}));
  set.add({0, 9});
  EXPECT_EQ(set.ranges(), (Ranges{{0, 9}, {10, 40}}));
  set.add({9, 10});
  EXPECT_EQ(set.ranges(), (Ranges{{0, 40}}));
}

TEST(IntervalSet, SplitsARangeWhenItsMiddleIsRemoved) {
  IntervalSet set({0, 100});
  set.remove({40, 60});
  EXPECT_EQ(set.ranges(), (Ranges{{0, 40}, {60, 100}}));
  set.remove({30, 70});
  EXPECT_EQ(set.ranges(), (Ranges{{0, 30}, {70, 100}}));
  EXPECT_EQ(set.bytes(), 60u);
}

TEST(IntervalSet, EmptyRangesChangeNothingAreCoveredAndOverlapNothing) {
  IntervalSet set({10, 20});
  set.add({15, 15});
  set.remove({15, 15});
  set.add({30, 30});
  EXPECT_EQ(set.ranges(), (Ranges{{10, 20}}));
  EXPECT_TRUE(set.covers({15, 15}));
  EXPECT_TRUE(set.covers({25, 25}));
  EXPECT_FALSE(set.overlaps({15, 15}));
}

TEST(IntervalSet, GapsReachFromZeroAndToTheEnd) {
  IntervalSet set({10, 20});
  EXPECT_EQ(set.gap_at(5), (ByteRange{0, 10}));
  EXPECT_EQ(set.gap_at(20), (ByteRange{20, IntervalSet::kNoEnd}));
  EXPECT_TRUE(set.gap_at(10).empty());
  EXPECT_EQ(IntervalSet().gap_at(7), (ByteRange{0, IntervalSet::kNoEnd}));
}

// ---- The property ------------------------------------------------------------------------------

using Model = std::vector<bool>;

Ranges runs_of(const Model& model, bool value, ByteRange within) {
  Ranges runs;
  for (std::size_t at = within.begin; at < within.end; ++at) {
    if (model[at] != value) continue;
    if (runs.empty() || runs.back().end != at) runs.push_back({at, at});
    ++runs.back().end;
  }
  return runs;
}

ByteRange run_around(const Model& model, bool value, std::size_t offset) {
  for (const ByteRange& run : runs_of(model, value, {0, kBytes})) {
    if (run.begin <= offset && offset < run.end) return run;
  }
  return {offset, offset};
}

void check(const IntervalSet& set, const Model& model, ByteRange range) {
  const Ranges runs = runs_of(model, true, {0, kBytes});
  RC_ASSERT(set.ranges() == runs);
  RC_ASSERT(set.empty() == runs.empty());
  RC_ASSERT(set.bytes() == static_cast<std::size_t>(std::count(model.begin(), model.end(), true)));

  Ranges parts;
  set.parts(range, parts);
  RC_ASSERT(parts == runs_of(model, true, range));
  RC_ASSERT(set.overlaps(range) == !parts.empty());
  RC_ASSERT(set.covers(range) == runs_of(model, false, range).empty());

  for (std::size_t at = 0; at < kBytes; ++at) {
    RC_ASSERT(set.contains(at) == model[at]);
    RC_ASSERT(set.range_at(at) == run_around(model, true, at));
    ByteRange gap = set.gap_at(at);
    if (gap.end == IntervalSet::kNoEnd) gap.end = kBytes;
    RC_ASSERT(gap == run_around(model, false, at));
  }
}

RC_GTEST_PROP(IntervalSetProperty, AgreesWithOneFlagForEachByte, ()) {
  const auto border = rc::gen::inRange<std::size_t>(0, kBytes + 1);
  const auto steps = *rc::gen::scale(
      3.0, rc::gen::container<std::vector<std::tuple<bool, std::size_t, std::size_t>>>(
               rc::gen::tuple(rc::gen::arbitrary<bool>(), border, border)));
  IntervalSet set;
  Model model(kBytes);
  for (const auto& [adds, a, b] : steps) {
    const ByteRange range{std::min(a, b), std::max(a, b)};
    check(set, model, range);
    if (adds) {
      set.add(range);
    } else {
      set.remove(range);
    }
    for (std::size_t at = range.begin; at < range.end; ++at) model[at] = adds;
  }
  check(set, model, {0, kBytes});
}

}  // namespace
}  // namespace sennit
