#include "sched/replay/recogniser.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace sennit {
namespace {

using Advice = Recogniser::Advice;

// Feeds letters, '|' being a cut, and writes down the advice: i(ssue), h(old), c(omplete),
// r(estart), R(estart and complete).
std::string advice_for(Recogniser& recogniser, std::string_view letters) {
  std::string text;
  for (const char letter : letters) {
    if (letter == '|') {
      recogniser.cut();
      text += '|';
      continue;
    }
    const auto advice = recogniser.add(static_cast<std::uint64_t>(letter) * 0x9e3779b97f4a7c15ull);
    text += std::string_view("ihrcR")[static_cast<std::size_t>(advice)];
  }
  return text;
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

TEST(Recogniser, PausesWhenHoldingBackIsInVain) {
  Recogniser::Limits limits = unrolled_to(4);
  limits.misses = 3;
  limits.first_pause = 8;
  Recogniser recogniser(limits);
  advice_for(recogniser, repeated("abcd", 3));
  for (int i = 0; i < 3; ++i) recogniser.ran(false);
  EXPECT_EQ(advice_for(recogniser, "abcdabcd"), "iiiiiiii");
  EXPECT_EQ(advice_for(recogniser, "abcd"), "hhhc");
}

TEST(Recogniser, LeavesWhatDoesNotPay) {
  Recogniser recogniser;
  advice_for(recogniser, "abc|abc|");
  for (int i = 0; i < 3; ++i) {
    advice_for(recogniser, "abc");
    recogniser.judge(false);
    recogniser.cut();
  }
  EXPECT_EQ(advice_for(recogniser, "abc|"), "iii|");
}

TEST(Recogniser, ForgetsRatherThanGrowing) {
  Recogniser::Limits limits;
  limits.nodes = 64;
  Recogniser recogniser(limits);
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    std::string segment;
    for (int k = 0; k < 8; ++k) segment += static_cast<char>('a' + random() % 26);
    advice_for(recogniser, segment + "|" + segment + "|");
  }
  EXPECT_EQ(advice_for(recogniser, "abc|abc|abc|").substr(8), "hhc|");
}

}  // namespace
}  // namespace sennit
