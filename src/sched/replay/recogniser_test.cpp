#include "sched/replay/recogniser.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <string_view>

namespace sennit {
namespace {

using Advice = Recogniser::Advice;

// Feeds letters, '|' being a cut, and writes down what `note` says of each operation.
template <typename Note>
std::string notes_of(Recogniser& recogniser, std::string_view letters, Note note) {
  std::string text;
  for (const char letter : letters) {
    if (letter == '|') {
      recogniser.cut();
      text += '|';
      continue;
    }
    recogniser.add(static_cast<std::uint64_t>(letter) * 0x9e3779b97f4a7c15ull);
    text += note();
  }
  return text;
}

// The advice: i(ssue), h(old), c(omplete), r(estart), R(estart and complete).
std::string advice_for(Recogniser& recogniser, std::string_view letters) {
  return notes_of(recogniser, letters, [&] {
    return std::string_view("ihrcR")[static_cast<std::size_t>(recogniser.advice())];
  });
}

Recogniser::Limits unrolled_to(std::size_t operations) {
  Recogniser::Limits limits;
  limits.unrolled = operations;
  return limits;
}

std::string repeated(std::string_view body, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += body;
  return text;
}

TEST(Recogniser, SaysNothingOfWhatDoesNotRepeat) {
  Recogniser recogniser;
  EXPECT_EQ(advice_for(recogniser, "abcdefghijklmnopqrstuvwxyz"), std::string(26, 'i'));
  EXPECT_EQ(recogniser.known(), 0u);
}

TEST(Recogniser, HoldsALoopBackFromItsThirdIterationOn) {
  Recogniser recogniser(unrolled_to(6));
  EXPECT_EQ(advice_for(recogniser, repeated("abcdef", 2)), std::string(12, 'i'));
  EXPECT_EQ(advice_for(recogniser, repeated("abcdef", 2)), "hhhhhchhhhhc");
}

TEST(Recogniser, UnrollsAShortLoop) {
  Recogniser recogniser(unrolled_to(8));
  advice_for(recogniser, repeated("ab", 6));
  const std::string text = advice_for(recogniser, repeated("ab", 8));
  EXPECT_NE(text.find("hhhhhhhc"), std::string::npos) << text;
}

TEST(Recogniser, AWarmUpDoesNotMatter) {
  Recogniser recogniser(unrolled_to(6));
  advice_for(recogniser, "zyxcw" + repeated("abcdef", 2));
  EXPECT_EQ(advice_for(recogniser, "abcdef"), "hhhhhc");
}

TEST(Recogniser, SequencesEndWhereTheHostWaits) {
  Recogniser recogniser;
  advice_for(recogniser, "abc|abc|");
  EXPECT_EQ(advice_for(recogniser, "abc|abc|"), "hhc|hhc|");
}

TEST(Recogniser, TellsBodiesApartWhileTheyGoBy) {
  Recogniser recogniser;
  advice_for(recogniser, "abcd|abcd|abxy|abxy|");
  EXPECT_EQ(advice_for(recogniser, "abcd|abxy|abxy|abcd|"), "hhhc|hhhc|hhhc|hhhc|");
}

TEST(Recogniser, WhatGoesAnotherWayStartsAnew) {
  Recogniser recogniser;
  advice_for(recogniser, "abcd|abcd|");
  EXPECT_EQ(advice_for(recogniser, "abz"), "hhi");
  EXPECT_EQ(advice_for(recogniser, "|ababcd"), "|hhrhhc");
}

TEST(Recogniser, AnInnerLoopDoesNotHideTheOuterOne) {
  Recogniser recogniser(unrolled_to(4));
  const std::string body = repeated("abcd", 3) + "wxyz";
  advice_for(recogniser, repeated(body, 6));
  const std::string text = advice_for(recogniser, repeated(body, 4));
  EXPECT_EQ(text.find('i'), std::string::npos) << text;
}

// The laps: a letter for each where it begins, the same for the same lap, a capital if the one
// before had its end there; '.' elsewhere.
std::string laps_of(Recogniser& recogniser, std::string_view letters) {
  std::map<std::uint64_t, char> names;
  return notes_of(recogniser, letters, [&] {
    if (!recogniser.began_lap()) return '.';
    const auto next = static_cast<char>('a' + names.size());
    const char name = names.emplace(recogniser.lap(), next).first->second;
    return recogniser.ended_lap() ? static_cast<char>(name - 'a' + 'A') : name;
  });
}

TEST(Recogniser, WhatStandsBetweenWaitsIsALap) {
  Recogniser recogniser;
  EXPECT_EQ(laps_of(recogniser, "abc|xy|abd|"), "a..|B.|A..|");
}

TEST(Recogniser, OnceAroundALoopIsALapWithAllItsWaits) {
  Recogniser recogniser;
  laps_of(recogniser, repeated("abc|xy|", 3));
  EXPECT_EQ(laps_of(recogniser, repeated("abc|xy|", 2)), "...|A.|...|A.|");
}

TEST(Recogniser, ALoopIsTheSameWhereverItIsEntered) {
  Recogniser recogniser;
  const auto last_lap_of = [&](std::string_view letters) {
    laps_of(recogniser, letters);
    return recogniser.lap();
  };
  const std::uint64_t lap = last_lap_of(repeated("abc|xy|", 4));
  EXPECT_NE(last_lap_of("q|w|"), lap);
  EXPECT_EQ(last_lap_of(repeated("xy|abc|", 4)), lap);
}

// It waits for the loop's next turn, some cuts away.
TEST(Recogniser, ALapThatLeadsIntoALoopIsNotWhole) {
  Recogniser recogniser;
  const std::string text = laps_of(recogniser, repeated("ab|cd|ef|", 4));
  EXPECT_EQ(text, "a.|B.|C.|A.|B.|C.|..|d.|..|..|D.|..|");
}

TEST(Recogniser, OfAShortLoopWithoutWaitsSomeTimesAroundAreALap) {
  Recogniser recogniser(unrolled_to(8));
  const std::string text = laps_of(recogniser, repeated("ab", 20));
  EXPECT_NE(text.find("B.......B......."), std::string::npos) << text;
}

TEST(Recogniser, APauseEndsALapAndTheLoop) {
  Recogniser recogniser;
  laps_of(recogniser, repeated("abc|xy|", 3));
  recogniser.pause(3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(recogniser.is_pausing());
  EXPECT_FALSE(recogniser.is_pausing());
  EXPECT_EQ(laps_of(recogniser, "abc|xy|"), "a..|B.|");
}

// Letters are lower-case where the lap before has not ended as it should.
TEST(Recogniser, ALapThatEndsInSomethingElseIsNotWhole) {
  Recogniser recogniser;
  laps_of(recogniser, repeated("abc|xy|", 3));
  EXPECT_EQ(laps_of(recogniser, "abc|q|abc|"), "...|A|b..|");
}

TEST(Recogniser, ForgetsRatherThanGrowing) {
  Recogniser::Limits limits;
  limits.nodes = 64;
  Recogniser recogniser(limits);
  advice_for(recogniser, "abc|abc|");  // is forgotten with all else, and learnt again
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    std::string segment;
    for (int k = 0; k < 8; ++k) segment += static_cast<char>('a' + random() % 26);
    advice_for(recogniser, segment + "|" + segment + "|");
  }
  EXPECT_EQ(advice_for(recogniser, "abc|x|abc|yz|abc|").substr(13), "hhc|");
  EXPECT_EQ(advice_for(recogniser, "abc|abc|abc|").substr(8), "hhc|");
}

}  // namespace
}  // namespace sennit
