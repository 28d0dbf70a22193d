// kernel/signature_parser_test.cpp: signatures as text, and what is said of wrong ones.

#include "kernel/signature_parser.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sennit {
namespace {

std::string nidl(std::string_view text, SignatureDialect dialect = SignatureDialect::Sennit) {
  return parse_nidl_signature(text, dialect).to_string();
}
std::string legacy(std::string_view text, SignatureDialect dialect = SignatureDialect::Sennit) {
  return parse_legacy_signature("k", text, dialect).to_string();
}
template <typename Parse>
std::string message(Parse parse, std::string_view text) {
  try {
    parse(text, SignatureDialect::Sennit);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
  ADD_FAILURE() << "accepted: " << text;
  return "";
}

TEST(SignatureParser, ReadsNidl) {
  EXPECT_EQ(nidl("saxpy(a: float, x: in pointer float, y: inout pointer float, n: sint32)"),
            "saxpy(a: float32, x: in pointer float32, y: inout pointer float32, n: int32)");
  EXPECT_EQ(nidl(" k ( p0 : pointer  void ,\n p1: const pointer uint8 ) "),
            "k(p0: inout pointer void, p1: in pointer uint8)");
  EXPECT_EQ(nidl("f()"), "f()");
}

TEST(SignatureParser, ReadsNameExpressionsAsNames) {
  EXPECT_EQ(
      parse_nidl_signature("ns::scale<float, (1 > 0)>(x: pointer float)", SignatureDialect::Sennit)
          .kernel(),
      "ns::scale<float, (1 > 0)>");
}

TEST(SignatureParser, ReadsLegacySignatures) {
  EXPECT_EQ(legacy("const pointer, pointer, sint32"),
            "k(in pointer void, inout pointer void, int32)");
  EXPECT_EQ(legacy("pointer const, const float, inout pointer double"),
            "k(in pointer void, float32, inout pointer float64)");
  EXPECT_EQ(legacy("(pointer, uint64): void"), "k(inout pointer void, uint64)");
  EXPECT_EQ(legacy(""), "k()");
  EXPECT_EQ(legacy("()"), "k()");
}

TEST(SignatureParser, TakesOutAsEveryByteOverwrittenExceptInGrcudasDialect) {
  const auto* text = "k(x: out pointer float)";
  EXPECT_EQ(nidl(text, SignatureDialect::Sennit), "k(x: out pointer float32)");
  EXPECT_EQ(nidl(text, SignatureDialect::GrCuda), "k(x: inout pointer float32)");
}

TEST(SignatureParser, KnowsEveryTypeOfGrcuda) {
  EXPECT_EQ(legacy("bool, char, sint8, uint8, char8, char16, sint16, uint16, char32, sint32, "
                   "uint32, wchar, sint64, uint64, sll64, ull64, float, double"),
            "k(bool, int8, int8, uint8, uint8, uint16, int16, uint16, uint32, int32, uint32, "
            "int32, int64, uint64, int64, uint64, float32, float64)");
}

TEST(SignatureParser, KnowsTheTypesOfNumpyAndCuda) {
  EXPECT_EQ(legacy("pointer float16, complex128, unsigned long long, long, pointer float4, half"),
            "k(inout pointer float16, complex128, uint64, int64, inout pointer float4, float16)");
}

TEST(SignatureParser, ReadsStructsOfAGivenSize) {
  EXPECT_EQ(nidl("k(a: struct 24, b: struct 12, c: struct 32 align 16, d: struct 3)"),
            "k(a: struct 24 align 8, b: struct 12 align 4, c: struct 32 align 16, "
            "d: struct 3 align 1)");
}

TEST(SignatureParser, ReadsWhatItPrints) {
  const std::string text =
      "k<int>(a: float64, x: in pointer complex64, y: out pointer void, s: struct 48 align 16)";
  EXPECT_EQ(nidl(text), text);
}

TEST(SignatureParser, PointsAtTheMistake) {
  EXPECT_EQ(message(parse_nidl_signature, "k(x in pointer float)"),
            "signature, column 5: expected \":\" after the parameter 'x'\n"
            "  k(x in pointer float)\n"
            "      ^");
  EXPECT_EQ(message(parse_nidl_signature, "k(x: float,\n  y float)"),
            "signature, column 5: expected \":\" after the parameter 'y'\n"
            "    y float)\n"
            "      ^");
}

TEST(SignatureParser, SaysWhatItExpected) {
  const auto expect_nidl = [](std::string_view text, std::string_view part) {
    const std::string found = message(parse_nidl_signature, text);
    EXPECT_NE(found.find(part), std::string::npos) << text << "\n" << found;
  };
  expect_nidl("", "expected \"(\"");
  expect_nidl("k", "expected \"(\"");
  expect_nidl("(x: float)", "expected identifier name before \"(\"");
  expect_nidl("3(x: float)", "expected identifier name before \"(\"");
  expect_nidl("k(x: float", "expected \")\" for the \"(\" at column 2");
  expect_nidl("k(x: float y: float)", "expected ',' or \")\"");
  expect_nidl("k(x: float,)", "expected the name of a parameter");
  expect_nidl("k(x: flot)", "invalid type 'flot'; known: bool, char, sint8");
  expect_nidl("k(x: )", "invalid type ')'");
  expect_nidl("k(x: in pointer flot)", "column 17: invalid type 'flot'");
  expect_nidl("k(x: void)", "is it a pointer void?");
  expect_nidl("k(x: string)", "unsupported by-value parameter type: string");
  expect_nidl("k(x: float):", "expected \":\" and return type");
  expect_nidl("k(x: float) y", "expected the end of the signature");
  expect_nidl("k(x: struct)", "expected the size of the struct in bytes");
  expect_nidl("k(x: struct 0)", "at least 1 byte");
  expect_nidl("k(x: struct 99999999999)", "expected the size of the struct in bytes");
  expect_nidl("k(x: struct 24 align 3)", "a power of two that divides the size, 24");
}

TEST(SignatureParser, RefusesMalformedLegacySignatures) {
  const auto parse = [](std::string_view text, SignatureDialect dialect) {
    return parse_legacy_signature("k", text, dialect);
  };
  for (const char* text : {"pointer,", ",", "pointer; sint32", "(pointer", "pointer)", "(", "const",
                           "(pointer))", "in", "pointer pointer", "\xff"}) {
    EXPECT_NE(message(parse, text), "") << text;
  }
}

}  // namespace
}  // namespace sennit
