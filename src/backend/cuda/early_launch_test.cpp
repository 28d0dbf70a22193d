// backend/cuda/early_launch_test.cpp: which kernels are told to wait, and how their PTX changes.
#include "backend/cuda/early_launch.h"

#include <gtest/gtest.h>

#include "backend/cuda/ptx/parser.h"

namespace sennit::cuda {
namespace {

constexpr std::string_view kHead = ".version 9.0\n.target sm_90\n.address_size 64\n";
using Kernels = std::vector<std::string>;

Kernels kernels_of(const std::string& text) {
  const auto waiting = with_waits(ptx::parse(text));
  return waiting ? waiting->kernels : Kernels{};
}

// Those that wait of a module with `others` and a kernel "k" of this body, and "plain".
Kernels with_body(const std::string& body, const std::string& others = "") {
  return kernels_of(std::string(kHead) + others + ".entry k(.param .u64 p) {\n" + body +
                    "ret;\n}\n.entry plain() {\nret;\n}\n");
}
const Kernels kBoth = {"k", "plain"};
const Kernels kPlain = {"plain"};

TEST(EarlyLaunch, EveryKernelBeginsWithTheWaitAndNoFunctionDoes) {
  const auto waiting = with_waits(
      ptx::parse(std::string(kHead) +
                 ".func f() {\nret;\n}\n.entry a() {\n.reg .pred %p;\n@%p ret;\nret;\n}\n"
                 ".entry b() {\n$L:\nbra $L;\n}\n"));
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->kernels, (Kernels{"a", "b"}));
  EXPECT_EQ(waiting->target, "sm_90");
  EXPECT_EQ(waiting->ptx, std::string(kHead) +
                              ".func f() \n{\n\tret;\n}\n"
                              ".entry a() \n{\n\t.reg .pred %p;\n\tgriddepcontrol.wait;\n"
                              "\t@%p ret;\n\tret;\n}\n"
                              ".entry b() \n{\n\tgriddepcontrol.wait;\n$L:\n\tbra $L;\n}\n");
}

TEST(EarlyLaunch, NeedsADeviceAndAVersionOfPtxThatHaveTheWait) {
  const auto found = [](const char* version, const char* target) {
    return !kernels_of(std::string(".version ") + version + "\n.target " + target +
                       "\n.address_size 64\n.entry k() {\nret;\n}\n")
                .empty();
  };
  EXPECT_TRUE(found("7.8", "sm_90"));
  EXPECT_TRUE(found("8.0", "sm_90a"));
  EXPECT_TRUE(found("9.0", "sm_120"));
  EXPECT_FALSE(found("7.7", "sm_90"));
  EXPECT_FALSE(found("9.0", "sm_89"));
  EXPECT_FALSE(found("9.0", "sm_90, debug"));
}

TEST(EarlyLaunch, LoadsThroughTheTextureCacheBecomePlain) {
  const auto waiting =
      with_waits(ptx::parse(std::string(kHead) +
                            ".func f(.param .u64 q) {\nld.global.nc.u32 %r1, [%rd1];\nret;\n}\n"
                            ".entry k(.param .u64 p) {\nld.global.nc.L1::no_allocate.v4.f32 {%f1, "
                            "%f2, %f3, %f4}, [%rd1];\n"
                            "ld.global.nc.u32 %r1, [%rd1];\nret;\n}\n"));
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->ptx.find(".nc"), std::string::npos);
  EXPECT_NE(waiting->ptx.find("ld.global.L1::no_allocate.v4.f32"), std::string::npos);
  EXPECT_NE(waiting->ptx.find("ld.global.u32"), std::string::npos);
}

TEST(EarlyLaunch, IsNotForWhatReadsPastTheWait) {
  const std::string table = ".const .align 4 .b8 table[16];\n";
  EXPECT_EQ(with_body("ld.global.u32 %r1, [%rd1];\n", table), kBoth);
  EXPECT_EQ(with_body("ld.const.u32 %r1, [table+4];\n", table), kPlain);
  EXPECT_EQ(with_body("mov.u64 %rd1, table;\n", table), kPlain);
  EXPECT_EQ(with_body("tex.1d.v4.f32.s32 {%f1, %f2, %f3, %f4}, [%rd1, {%r1}];\n"), kPlain);
  EXPECT_EQ(with_body("suld.b.1d.b32.trap %r1, [%rd1, {%r1}];\n"), kPlain);
  EXPECT_EQ(with_body("ldu.global.u32 %r1, [%rd1];\n"), kPlain);
  EXPECT_EQ(with_body("cp.async.bulk.tensor.1d.shared::cluster.global.mbarrier::complete_tx::bytes "
                      "[%r1], [%rd1, {%r2}], [%r3];\n"),
            kPlain);
  EXPECT_EQ(with_body("prefetch.tensormap [%rd1];\n"), kPlain);
}

TEST(EarlyLaunch, CallsAreLookedInto) {
  const std::string call = "call f;\n";
  EXPECT_EQ(with_body(call, ".func f() {\nret;\n}\n"), kBoth);
  EXPECT_EQ(with_body(call, ".func f() {\nldu.global.u32 %r1, [%rd1];\nret;\n}\n"), kPlain);
  EXPECT_EQ(with_body(call, ".func f();\n.func f() {\nret;\n}\n"), kBoth);
  EXPECT_EQ(with_body(call, ".extern .func f();\n"), kPlain);
  EXPECT_EQ(with_body("call free, (p);\n", ".extern .func free(.param .b64 p);\n"), kBoth);
}

TEST(EarlyLaunch, TheAssemblerIsToldWhatTheCompilerWas) {
  using Options = std::vector<std::string>;
  EXPECT_EQ(assembler_options(Options{"--std=c++17", "-DG", "-lineinfo", "--maxrregcount=32"}),
            (Options{"-lineinfo", "-maxrregcount=32"}));
  for (const char* option : {"-G", "--device-debug", "-dlto", "-rdc=true", "-Xptxas=-O1"}) {
    EXPECT_EQ(assembler_options(Options{option}), std::nullopt) << option;
  }
}

}  // namespace
}  // namespace sennit::cuda
