#include "grcuda/expression.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sennit::grcuda {
namespace {

std::vector<std::int64_t> shape_of(std::string_view text) {
  return std::get<ArrayExpression>(parse_expression(text)).shape;
}

std::vector<std::string> path_of(std::string_view text) {
  return std::get<CallableExpression>(parse_expression(text)).path;
}

// The message of the error that `text` raises.
std::string refusal(std::string_view text) {
  try {
    parse_expression(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

using Shape = std::vector<std::int64_t>;

TEST(Expression, AnArrayHasATypeAndAnExtentForEachBracket) {
  const Expression parsed = parse_expression("float[10][20]");
  EXPECT_EQ(std::get<ArrayExpression>(parsed).type, "float");
  EXPECT_EQ(shape_of("float[10][20]"), (Shape{10, 20}));
}

TEST(Expression, ArithmeticHasPrecedenceAndGoesFromLeftToRight) {
  EXPECT_EQ(shape_of("int[1 + 2 * 3]"), Shape{7});
  EXPECT_EQ(shape_of("int[(1 + 2) * 3]"), Shape{9});
  EXPECT_EQ(shape_of("int[100 / 8 / 2]"), Shape{6});
  EXPECT_EQ(shape_of("int[10 - 3 - 2]"), Shape{5});
  EXPECT_EQ(shape_of("int[17 % 5]"), Shape{2});
}

TEST(Expression, SizesHave64Bits) {
  EXPECT_EQ(shape_of("char[3 * 1024 * 1024 * 1024]"), Shape{3221225472});
  EXPECT_NE(refusal("char[9223372036854775807 + 1]").find("more than 64 bits"), std::string::npos);
  EXPECT_NE(refusal("char[9223372036854775808]").find("unable to parse integer literal"),
            std::string::npos);
  EXPECT_NE(refusal("char[1 / (1 - 1)]").find("division by zero"), std::string::npos);
}

TEST(Expression, ACallHasArgumentsOfThreeKinds) {
  const Expression parsed = parse_expression("f(\"a b\", 2 * 3, float)");
  const auto& call = std::get<CallExpression>(parsed);
  EXPECT_EQ(call.function, "f");
  ASSERT_EQ(call.arguments.size(), 3u);
  EXPECT_EQ(std::get<std::string>(call.arguments[0]), "a b");
  EXPECT_EQ(std::get<std::int64_t>(call.arguments[1]), 6);
  EXPECT_EQ(std::get<Identifier>(call.arguments[2]).name, "float");
  EXPECT_TRUE(std::get<CallExpression>(parse_expression("g()")).arguments.empty());
}

TEST(Expression, ACallableIsANameAfterARootOrInANamespace) {
  EXPECT_EQ(path_of("bind"), (std::vector<std::string>{"bind"}));
  EXPECT_EQ(path_of("::bind"), (std::vector<std::string>{"bind"}));
  EXPECT_EQ(path_of("CU::bind"), (std::vector<std::string>{"CU", "bind"}));
  EXPECT_NE(refusal("CU::ML::x").find("expected the end"), std::string::npos);
}

TEST(Expression, AnIdentifierHasLettersDigitsUnderscoresAndDollars) {
  EXPECT_EQ(path_of("_a$1"), (std::vector<std::string>{"_a$1"}));
  EXPECT_EQ(path_of("$"), (std::vector<std::string>{"$"}));
  EXPECT_NE(refusal("1a").find("expected an identifier"), std::string::npos);
}

TEST(Expression, SpaceAndCommentsStandBetweenWords) {
  EXPECT_EQ(shape_of(" float /* of */ [ 2 // two\n * 3 ] "), Shape{6});
}

TEST(Expression, WhatIsNoExpressionIsShownWithACaret) {
  EXPECT_EQ(refusal("int[]"),
            "expression, line 1, column 5: expected an integer or \"(\", not ']'\n"
            "  int[]\n"
            "      ^");
  EXPECT_NE(refusal("int[n]").find("column 5"), std::string::npos);
  EXPECT_NE(refusal("int[-1]").find("not '-'"), std::string::npos);
  EXPECT_NE(refusal("").find("expected an identifier, not the end"), std::string::npos);
  EXPECT_NE(refusal("f(\"a").find("no closing"), std::string::npos);
  EXPECT_NE(refusal("f(\"a\\n\")").find("no backslash"), std::string::npos);
  EXPECT_NE(refusal("BLAS::f(1)").find("cannot be called in an expression"), std::string::npos);
  EXPECT_NE(refusal("int[1] x").find("expected the end"), std::string::npos);
}

TEST(Expression, ParenthesesInsideEachOtherHaveABound) {
  EXPECT_NE(refusal("int[" + std::string(100000, '(')).find("too many parentheses"),
            std::string::npos);
}

}  // namespace
}  // namespace sennit::grcuda
