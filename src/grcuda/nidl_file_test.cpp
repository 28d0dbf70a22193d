#include "grcuda/nidl_file.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace sennit::grcuda {
namespace {

std::string refusal(std::string_view text) {
  try {
    parse_nidl_file(text, "lib.nidl");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(NidlFile, GroupsSayWhatTheirEntriesAre) {
  const auto entries = parse_nidl_file(R"(
// A library.
kernels ns::inner {
  scale(x: inout pointer float, n: sint32)
}
ckernels {
  plain(x: inout pointer float)
  empty()
}
)",
                                       "lib.nidl");
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_TRUE(entries[0].is_kernel);
  EXPECT_EQ(entries[0].signature.symbol(), "_ZN2ns5inner5scaleEPfi");
  EXPECT_EQ(entries[1].signature.symbol(), "plain");
  EXPECT_TRUE(entries[2].signature.parameters.empty());
}

TEST(NidlFile, HostFunctionsHaveAResult) {
  const auto entries = parse_nidl_file(
      "chostfuncs { sum(x: in pointer double, n: sint32): double } hostfuncs { f(): void }", "x");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_FALSE(entries[0].is_kernel);
  EXPECT_EQ(entries[0].signature.result->name, "double");
  EXPECT_EQ(entries[1].signature.symbol(), "_Z1fv");
  EXPECT_NE(refusal("chostfuncs { f() }").find("expected \":\" and return type"),
            std::string::npos);
}

TEST(NidlFile, ErrorsNameTheFileAndTheLine) {
  EXPECT_NE(refusal("kernels {\n  f(x float)\n}").find("NIDL parse error: [lib.nidl], line 2"),
            std::string::npos);
  EXPECT_NE(refusal("functions { }").find("expected a group"), std::string::npos);
  EXPECT_NE(refusal("kernels {").find("the group is not closed"), std::string::npos);
}

}  // namespace
}  // namespace sennit::grcuda
