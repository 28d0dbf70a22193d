#include "grcuda/native_signature.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sennit::grcuda {
namespace {

std::string refusal(std::string_view text, Result result = Result::Required) {
  try {
    parse_signature(text, result);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(NativeSignature, NidlNamesParametersAndTheirAccess) {
  const NativeSignature parsed = parse_signature(
      "saxpy(n: sint32, a: float, x: in pointer float, y: inout pointer float): void",
      Result::Required);
  EXPECT_EQ(parsed.name, "saxpy");
  ASSERT_EQ(parsed.parameters.size(), 4u);
  EXPECT_EQ(parsed.parameters[0].type->name, "sint32");
  EXPECT_FALSE(parsed.parameters[1].is_pointer);
  EXPECT_TRUE(parsed.parameters[2].is_pointer);
  EXPECT_EQ(parsed.parameters[2].access, AccessMode::Read);
  EXPECT_EQ(parsed.parameters[3].access, AccessMode::ReadWrite);
  EXPECT_EQ(parsed.result->name, "void");
}

TEST(NativeSignature, OutMeansInout) {
  const NativeSignature parsed = parse_signature("f(x: out pointer sint8)", Result::Ignored);
  EXPECT_EQ(parsed.parameters[0].access, AccessMode::ReadWrite);
}

TEST(NativeSignature, LegacyTakesConstOnEitherSideOfPointer) {
  const NativeSignature parsed = parse_legacy(
      "f", "(const pointer, pointer const, pointer, const sint32): double", Result::Required);
  ASSERT_EQ(parsed.parameters.size(), 4u);
  EXPECT_EQ(parsed.parameters[0].access, AccessMode::Read);
  EXPECT_EQ(parsed.parameters[1].access, AccessMode::Read);
  EXPECT_EQ(parsed.parameters[2].access, AccessMode::ReadWrite);
  EXPECT_FALSE(parsed.parameters[3].is_pointer);
  EXPECT_EQ(parsed.result->name, "double");
}

TEST(NativeSignature, AnEmptyListOfParametersIsOne) {
  EXPECT_TRUE(parse_signature("f(): sint32", Result::Required).parameters.empty());
  EXPECT_TRUE(parse_legacy("f", "(): sint32", Result::Required).parameters.empty());
  EXPECT_TRUE(parse_legacy("f", "", Result::Ignored).parameters.empty());
}

TEST(NativeSignature, CxxKeepsNamespacesAndMangles) {
  const NativeSignature parsed =
      parse_signature("cxx a::b::f(x: in pointer float, n: sint32): void", Result::Required);
  EXPECT_EQ(parsed.qualified_name(), "a::b::f");
  EXPECT_EQ(parsed.symbol(), "_ZN1a1b1fEPKfi");
  // A function may be called cxx.
  EXPECT_EQ(parse_signature("cxx(): void", Result::Required).symbol(), "cxx");
}

TEST(NativeSignature, TheTextForAKernelKeepsAccessAndElementType) {
  EXPECT_EQ(
      parse_signature("k(x: in pointer float, y: out pointer double, n: uint64)", Result::Ignored)
          .kernel_text(),
      "k(x: in pointer float, y: inout pointer double, n: uint64)");
}

TEST(NativeSignature, ErrorsSayWhatIsExpected) {
  EXPECT_NE(refusal("f").find("expected \"(\""), std::string::npos);
  EXPECT_NE(refusal("(x: float): void").find("expected identifier name before \"(\""),
            std::string::npos);
  EXPECT_NE(refusal("f(x: float").find("expected \")\""), std::string::npos);
  EXPECT_NE(refusal("f(x: float)").find("expected \":\" and return type"), std::string::npos);
  EXPECT_NE(refusal("f(x: flout): void").find("invalid type: 'flout'"), std::string::npos);
  EXPECT_NE(refusal("f(: float): void").find("expected valid parameter signature within \"(  )\""),
            std::string::npos);
  EXPECT_NE(refusal("f(float): void").find("expected \":\""), std::string::npos);
  EXPECT_NE(refusal("f(x: void): void").find("cannot be void"), std::string::npos);
  EXPECT_NE(refusal("a::f(): void").find("begin the signature with 'cxx'"), std::string::npos);
}

}  // namespace
}  // namespace sennit::grcuda
