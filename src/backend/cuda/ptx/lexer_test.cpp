// backend/cuda/ptx/lexer_test.cpp: what is one token, and what is none.

#include "backend/cuda/ptx/lexer.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace sennit::cuda::ptx {
namespace {

std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> result;
  Lexer lexer(text);
  for (Token token = lexer.next(); token.kind != TokenKind::End; token = lexer.next()) {
    EXPECT_EQ(kind_of(token.text), token.kind) << token.text;
    result.emplace_back(token.text);
  }
  return result;
}

std::string refusal(std::string_view text) {
  try {
    tokens(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
  return "none";
}

using Words = std::vector<std::string>;

TEST(PtxLexer, AnOpcodeIsOneTokenWithItsModifiers) {
  EXPECT_EQ(tokens("cp.async.bulk.tensor.1d.shared::cluster.global %r1.x;"),
            (Words{"cp.async.bulk.tensor.1d.shared::cluster.global", "%r1.x", ";"}));
  EXPECT_EQ(tokens("tcgen05.mma.cta_group::1"), Words{"tcgen05.mma.cta_group::1"});
}

TEST(PtxLexer, DirectivesStandApart) {
  EXPECT_EQ(tokens(".param .u64.ptr .shared::cta p"),
            (Words{".param", ".u64", ".ptr", ".shared::cta", "p"}));
}

TEST(PtxLexer, LabelsColonsAndRangesAreNotPartsOfNames) {
  EXPECT_EQ(tokens("$L__BB0_1:\n%r<12>"), (Words{"$L__BB0_1", ":", "%r", "<", "12", ">"}));
}

TEST(PtxLexer, NumbersOfEveryForm) {
  const Words all = {"0",     "12",   "0x1FU",      "017",
                     "0b101", "3U",   "0f3F800000", "0d3FF0000000000000",
                     "1.5e3", "1e-5", "9.0",        "1."};
  for (const std::string& number : all) EXPECT_EQ(tokens(number), Words{number});
  EXPECT_EQ(tokens("[func_retval0+0]"), (Words{"[", "func_retval0", "+", "0", "]"}));
}

TEST(PtxLexer, WhatIsNoNumberIsRefused) {
  for (const char* text : {"0x", "0f3F80", "0d3FF", "0b2", "1e", "12abc", "0xFGH"}) {
    EXPECT_NE(refusal(text).find("is no number"), std::string::npos) << text;
  }
}

TEST(PtxLexer, CommentsAreBlanks) {
  EXPECT_EQ(tokens("a // b\n c /* d\n e */ f"), (Words{"a", "c", "f"}));
  EXPECT_EQ(tokens("// to the end"), Words{});
  EXPECT_NE(refusal("a /* b").find("a comment is not closed"), std::string::npos);
}

TEST(PtxLexer, StringsKeepTheirQuotesAndEscapes) {
  EXPECT_EQ(tokens(R"(.file 1 "a \" b.cu")"), (Words{".file", "1", R"("a \" b.cu")"}));
  EXPECT_NE(refusal("\"open\n\"").find("a string is not closed"), std::string::npos);
}

TEST(PtxLexer, AMessageNamesLineAndColumn) {
  EXPECT_EQ(refusal("a\nb `"), "PTX line 2, column 3: PTX has no character '`'");
  EXPECT_EQ(refusal(std::string_view("\0", 1)), "PTX line 1, column 1: PTX has no character '?'");
}

TEST(PtxLexer, KnowsWhichTokenBeginsALine) {
  Lexer lexer("a b\n/* c */ d");
  EXPECT_TRUE(lexer.next().starts_line);
  EXPECT_FALSE(lexer.next().starts_line);
  EXPECT_TRUE(lexer.next().starts_line);
}

// Whatever stands next to what: a line is read as the tokens that it was made of.
TEST(PtxLexer, ALineOfTokensIsReadAsTheSameTokens) {
  const Words all = {"a",   "%r1", "%",  ".b8", "12", "0f3F800000", "1.", "\"s\"", "/", "*", ":",
                     "<",   "(",   ")",  "+",   "-",  ",",          "{",  "}",     ";", "[", "]",
                     "a.b", "1e5", "::", "=",   "!",  "@",          "|",  "&",     "~"};
  for (const std::string& first : all) {
    for (const std::string& second : all) {
      for (const std::string& third : all) {
        if (first == "::" || second == "::" || third == "::") continue;
        std::string line;
        for (const auto& token : {first, second, third}) append_token(line, token);
        ASSERT_EQ(tokens(line), (Words{first, second, third})) << line;
      }
    }
  }
}

}  // namespace
}  // namespace sennit::cuda::ptx
