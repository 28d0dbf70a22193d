#include "sched/replay/trials.h"

#include <gtest/gtest.h>

namespace sennit {
namespace {

using Way = Trials::Way;

// Laps that take one time held back in long pieces, and another issued as they come; in short ones,
// a time that is never the best.
struct Program {
  double held_us = 100;
  double issued_us = 100;
  double short_us = 200;
  int laps_to_settle = 0;
  int held_laps = 0;

  Way run_lap(Trials& trials, std::uint64_t id = 1) {
    const Way way = trials.begin(id);
    held_laps += way != Way::Issue ? 1 : 0;
    const double us = way == Way::Issue ? issued_us : way == Way::HoldLong ? held_us : short_us;
    trials.took(us, way == Way::Issue || held_laps > laps_to_settle);
    return way;
  }
  // How many of the laps were held back in long pieces.
  int run(Trials& trials, int laps, std::uint64_t id = 1) {
    int held = 0;
    for (int i = 0; i < laps; ++i) held += run_lap(trials, id) == Way::HoldLong ? 1 : 0;
    return held;
  }
};

TEST(Trials, TheFirstTenLapsAreIssuedAsTheyCome) {
  Trials trials;
  Program program;
  program.run(trials, 10);
  EXPECT_EQ(program.held_laps, 0);
}

TEST(Trials, WhatIsFasterHeldBackIsHeldBackFromThenOn) {
  Trials trials;
  Program program{.held_us = 60};
  program.run(trials, 20);
  const double before = trials.counts().saved_us;
  EXPECT_EQ(program.run(trials, 100), 100);
  EXPECT_EQ(trials.counts().held, 1u);
  EXPECT_DOUBLE_EQ(trials.counts().saved_us - before, 100 * 40.0);
}

TEST(Trials, ShortPiecesAreTakenWhereTheyAreBetter) {
  Trials trials;
  Program program{.held_us = 80, .short_us = 70};
  program.run(trials, 30);
  for (int lap = 0; lap < 100; ++lap) EXPECT_EQ(program.run_lap(trials), Way::HoldShort);
}

// How many of 100 laps are held back after the first ones.
int held_after(int laps, double held_us) {
  Trials trials;
  Program program{.held_us = held_us};
  program.run(trials, laps);
  const int before = program.held_laps;
  program.run(trials, 100);
  return program.held_laps - before;
}

TEST(Trials, WhatIsSlowerHeldBackIsNot) { EXPECT_EQ(held_after(20, 105), 0); }

TEST(Trials, WhatGainsNothingIsNotHeldBack) { EXPECT_EQ(held_after(40, 99), 0); }

TEST(Trials, OneSlowLapDecidesNothing) {
  Trials trials;
  Program program{.held_us = 60};
  for (int lap = 0; lap < 40; ++lap) {
    // The second time that it counts; as when the system had something else to do.
    if (lap == 15) program.held_us = 500;
    program.run_lap(trials);
    program.held_us = 60;
  }
  EXPECT_EQ(program.run(trials, 100), 100);
}

TEST(Trials, LapsThatLackTheirGraphsDoNotCount) {
  Trials trials;
  Program program{.held_us = 60, .laps_to_settle = 6};
  for (int lap = 0; lap < 40; ++lap) {
    program.held_us = program.held_laps < 6 ? 1000 : 60;
    program.short_us = program.held_laps < 6 ? 1000 : 200;
    program.run_lap(trials);
  }
  EXPECT_EQ(program.run(trials, 100), 100);
}

TEST(Trials, LapsThatNeverGetGraphsAreJudgedAllTheSame) {
  Trials trials;
  Program program{.held_us = 110, .laps_to_settle = 1'000'000};
  program.run(trials, 40);
  const int before = program.held_laps;
  EXPECT_EQ(program.run(trials, 100), 0);
  EXPECT_EQ(program.held_laps, before);
}

TEST(Trials, TellsWhenThereIsNothingToTry) {
  Trials trials;
  Program program{.held_us = 110};
  program.run(trials, 8);
  EXPECT_FALSE(trials.rests_issuing());
  program.run(trials, 40);
  EXPECT_TRUE(trials.rests_issuing());
}

TEST(Trials, WhatBecomesFasterHeldBackIsFoundLater) {
  Trials::Limits limits;
  limits.first_rest = 50;
  Trials trials(limits);
  Program program{.held_us = 120};
  program.run(trials, 30);
  program.held_us = 60;
  program.run(trials, 80);
  EXPECT_EQ(program.run(trials, 20), 20);
}

TEST(Trials, ShortLapsAreTimedTogether) {
  Trials trials;
  Program program{.held_us = 3, .issued_us = 5, .short_us = 10};
  EXPECT_EQ(program.run(trials, 8 + 20), 0);  // two samples of 50 us each
  program.run(trials, 60);
  EXPECT_EQ(program.run(trials, 100), 100);
}

TEST(Trials, EachLapIsTriedForItself) {
  Trials trials;
  Program gains{.held_us = 60};
  Program loses{.held_us = 140, .short_us = 110};
  for (int lap = 0; lap < 40; ++lap) {
    gains.run(trials, 1, 1);
    loses.run(trials, 1, 2);
  }
  EXPECT_EQ(gains.run(trials, 1, 1), 1);
  EXPECT_EQ(loses.run(trials, 1, 2), 0);
}

}  // namespace
}  // namespace sennit
