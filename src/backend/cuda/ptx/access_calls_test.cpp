// backend/cuda/ptx/access_calls_test.cpp: what kernels do through functions and variables of their
// module; what is shown of it, and what is too much to follow.
#include <gtest/gtest.h>

#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/access_fixture.h"
#include "base/error.h"

namespace sennit::cuda::ptx {
namespace {

// ---- Calls -------------------------------------------------------------------------------------

constexpr const char* kFunctions =
    ".func (.param .b64 r) same(.param .b64 p) {\n.reg .b64 %t;\nld.param.b64 %t, [p];\n"
    "st.param.b64 [r], %t;\nret;\n}\n"
    ".func put(.param .b64 p) {\n.reg .b64 %t;\nld.param.b64 %t, [p];\nst.u32 [%t], 1;\nret;\n}\n"
    ".func (.reg .u64 r) old_style(.reg .u64 p) {\nadd.u64 r, p, 8;\nret;\n}\n"
    ".func take(.param .b64 p) {\n.reg .b64 %t;\n.reg .b32 %u;\nld.param.b64 %t, [p];\n"
    "ld.u32 %u, [%t];\nret;\n}\n"
    ".extern .func stranger(.param .b64 p);\n";

std::string call(const char* function, const char* argument) {
  return std::string("{\n.param .b64 x;\nst.param.b64 [x], ") + argument + ";\ncall.uni " +
         function + ", (x);\n}\n";
}

TEST(PtxAccess, ACallDoesToItsArgumentWhatTheFunctionDoes) {
  EXPECT_EQ(access_in(call("put", "%a") + call("take", "%b"), kFunctions), "a=w b=ro c=-");
}

TEST(PtxAccess, EachCallHasItsOwnResult) {
  EXPECT_EQ(access_in("{\n.param .b64 x;\n.param .b64 y;\nst.param.b64 [x], %a;\n"
                      "call.uni (y), same, (x);\nld.param.b64 %rd1, [y];\n}\n"
                      "{\n.param .b64 x;\n.param .b64 y;\nst.param.b64 [x], %b;\n"
                      "call.uni (y), same, (x);\nld.param.b64 %rd2, [y];\n}\n"
                      "ld.u32 %r1, [%rd1];\nst.u32 [%rd2], 1;",
                      kFunctions),
            "a=ro b=w c=-");
}

TEST(PtxAccess, RegistersAreArgumentsInOldCode) {
  EXPECT_EQ(access_in("call (%rd1), old_style, (%a);\nst.u32 [%rd1], 1;", kFunctions),
            "a=w b=- c=-");
}

TEST(PtxAccess, AnUnknownFunctionMayDoAnything) {
  EXPECT_EQ(access_in_new("ret;"), "a=- b=- c=-");
  EXPECT_EQ(access_in(call("stranger", "%a"), kFunctions), "a=number? b=- c=-; untracked");
  EXPECT_EQ(access_in("cvta.to.global.u64 %rd1, %a;\n" + call("stranger", "%rd1"), kFunctions),
            "a=escapes b=- c=-; untracked");
}

TEST(PtxAccess, ACallThroughARegisterGoesWhereItPoints) {
  const std::string body = "{\n.param .b64 x;\nst.param.b64 [x], %a;\n";
  const std::string prototype = "proto: .callprototype _ (.param .b64 _);\n";
  EXPECT_EQ(access_in("mov.u64 %rd1, put;\n" + body + prototype + "call %rd1, (x), proto;\n}",
                      kFunctions),
            "a=w b=- c=-");
  EXPECT_EQ(
      access_in(body + "targets: .calltargets take, put;\ncall %rd1, (x), targets;\n}", kFunctions),
      "a=rwo b=- c=-");
  // Not known where: the functions whose address is taken are among them, and all else.
  EXPECT_EQ(access_in("ld.u64 %rd1, [%b];\n" + body + prototype + "call %rd1, (x), proto;\n}",
                      std::string(kFunctions) + ".global .u64 t[1] = {put};\n"),
            "a=escapes b=ro c=-; untracked");
}

TEST(PtxAccess, RecursionComesToAnEnd) {
  EXPECT_EQ(access_in(call("down", "%a"),
                      ".func down(.param .b64 p) {\n.reg .b64 %t;\n.reg .pred %q;\n"
                      "ld.param.b64 %t, [p];\nst.u32 [%t], 1;\n@%q ret;\nadd.u64 %t, %t, 4;\n"
                      "{\n.param .b64 x;\nst.param.b64 [x], %t;\ncall down, (x);\n}\nret;\n}\n"),
            "a=w b=- c=-");
}

// 2^20 paths through a chain of functions that call the next one twice.
TEST(PtxAccess, ManyPathsOfCallsShareTheirFunctions) {
  std::string functions;
  for (int i = 20; i-- > 0;) {
    const std::string next = i == 19 ? "" : "f" + std::to_string(i + 1);
    functions += format(".func f{}(.param .b64 p) {{\n.reg .b64 %t;\nld.param.b64 %t, [p];\n", i);
    if (next.empty()) {
      functions += "st.u32 [%t], 1;\nret;\n}\n";
    } else {
      functions += call(next.c_str(), "%t") + call(next.c_str(), "%t") + "ret;\n}\n";
    }
  }
  EXPECT_EQ(access_in(call("f0", "%a"), functions), "a=w b=- c=-");
}

TEST(PtxAccess, ABarrierInAFunctionIsMet) {
  const std::string waits = ".func waits() {\nbar.sync 0;\nret;\n}\n";
  EXPECT_EQ(access_in("call waits;\nld.u32 %r1, [%a];", waits), "a=r b=- c=-");
  EXPECT_EQ(access_in("@%p1 call waits;\nld.u32 %r1, [%a];", waits), "a=ro b=- c=-");
  EXPECT_EQ(
      access_in(call("take", "%a") + "call waits;\n" + call("take", "%b"), waits + kFunctions),
      "a=ro b=r c=-");
}

// ---- Variables ---------------------------------------------------------------------------------

constexpr const char* kVariables =
    ".global .u32 counter;\n.global .u32 other;\n.const .align 4 .b8 limits[16];\n"
    ".global .u64 where = generic(counter);\n";

TEST(PtxAccess, VariablesAreListedAsTheyAreTouched) {
  EXPECT_EQ(access_in("ld.const.u32 %r1, [limits+4];\natom.global.add.u32 %r2, [counter], %r1;",
                      kVariables),
            "a=- b=- c=-; counter=rw; limits=r");
  EXPECT_EQ(access_in("mov.u64 %rd1, other;\ncvta.global.u64 %rd2, %rd1;\nselp.b64 %rd3, %rd2, %a, "
                      "%p1;\nst.u32 [%rd3], 1;",
                      kVariables),
            "a=w b=- c=-; other=w");
  EXPECT_EQ(access_in("ld.const.u32 %r1, [%rd1];", kVariables), "a=- b=- c=-; limits=r");
}

// Nothing else can point at `other`.
TEST(PtxAccess, AVariableWhoseAddressIsKnownElsewhereIsTouchedByWhatIsNotTracked) {
  EXPECT_EQ(access_in("ld.global.u64 %rd1, [where];\nst.u32 [%rd1], 1;", kVariables),
            "a=- b=- c=-; counter=w; where=r; untracked");
  EXPECT_EQ(access_in("ld.u64 %rd1, [%a];\nld.u32 %r1, [%rd1];",
                      std::string(kVariables) +
                          ".entry gives(.param .u64 to) {\n.reg .b64 %t<3>;\n"
                          "ld.param.u64 %t1, [to];\nmov.u64 %t2, other;\nst.u64 [%t1], %t2;\n"
                          "ret;\n}\n"),
            "a=ro b=- c=-; counter=r; other=r; untracked");
}

TEST(PtxAccess, KnowsWhatPrintingReads) {
  const std::string before =
      ".extern .func (.param .b32 r) vprintf(.param .b64 f, .param .b64 b);\n"
      ".global .align 1 .b8 $str[4] = {37, 108, 100, 10};\n"  // %ld
      ".global .align 1 .b8 $str$1[3] = {37, 115, 10};\n";    // %s
  const auto print = [](const char* text) {
    return std::string(
               ".local .align 8 .b8 depot[8];\nmov.u64 %rd1, depot;\n"
               "cvta.local.u64 %rd2, %rd1;\nst.local.u64 [%rd1], %a;\nmov.u64 %rd3, ") +
           text +
           ";\ncvta.global.u64 %rd4, %rd3;\n{\n.param .b64 x;\n.param .b64 y;\n.param .b32 z;\n"
           "st.param.b64 [x], %rd4;\nst.param.b64 [y], %rd2;\ncall.uni (z), vprintf, (x, y);\n}";
  };
  EXPECT_EQ(access_in(print("$str"), before), "a=- b=- c=-");
  EXPECT_EQ(access_in(print("$str$1"), before), "a=ro b=- c=-");
}

// ---- Evidence and limits -----------------------------------------------------------------------

TEST(PtxAccess, ShowsTheFirstInstructionAndItsSourceLine) {
  const auto access = infer_access(
      parse(std::string(kHead) +
            ".entry k(.param .u64 a) {\n.reg .b64 %rd<3>;\n.loc 1 12 3\nld.param.u64 %rd1, [a];\n"
            ".loc 1 13 3\n@%p1 st.global.u32 [%rd1+8], 1;\n.loc 1 14 3\nst.global.u32 [%rd1], 2;\n"
            "ret;\n}\n.file 1 \"/tmp/dir/kernel.cu\", 1, 2\n"));
  EXPECT_EQ(access[0].kernel, "k");
  EXPECT_EQ(access[0].parameters[0].write.instruction, "@%p1 st.global.u32 [%rd1+8], 1");
  EXPECT_EQ(access[0].parameters[0].write.source, "kernel.cu:13");
  EXPECT_EQ(access[0].parameters[0].read.instruction, "");
  EXPECT_EQ(access[0].untracked.instruction, "");
}

TEST(PtxAccess, IsOneForEachKernelWithABody) {
  const auto access = infer_access(parse(std::string(kHead) +
                                         ".entry one() { ret; }\n.func f() { ret; }\n"
                                         ".entry two(.param .f32 x) { ret; }\n.entry three();\n"));
  ASSERT_EQ(access.size(), 2u);
  EXPECT_EQ(access[1].kernel, "two");
  EXPECT_EQ(access[1].parameters.size(), 1u);
}

// Their product would not fit into memory.
TEST(PtxAccess, TooManyTargetsOfBranchesAreRefused) {
  std::string labels, list = "ts: .branchtargets L0", branches;
  for (int i = 0; i < 3000; ++i) {
    labels += format("L{}:\n", i);
    if (i > 0) list += format(", L{}", i);
    branches += "@%p1 brx.idx %r1, ts;\n";
  }
  EXPECT_THROW(access_in(labels + list + ";\n" + branches), Error);
}

// Each call of a stranger may call each function whose address is known.
TEST(PtxAccess, WhatIsTooMuchToFollowIsSaidToDoAnything) {
  std::string functions = ".extern .func stranger();\n.global .u32 counter;\n", table, calls;
  for (int i = 0; i < 3000; ++i) {
    functions += format(".func f{}() {{\nret;\n}}\n", i);
    table += format("{}f{}", i == 0 ? "" : ", ", i);
    calls += "call stranger;\n";
  }
  EXPECT_EQ(access_in(calls, functions + ".global .u64 t[3000] = {" + table + "};\n"),
            "a=escapes b=escapes c=escapes; counter=rw; t=rw; untracked");
}

TEST(PtxAccess, AddressesOf32BitsAreRefused) {
  EXPECT_THROW(infer_access(parse(".version 8.0\n.address_size 32\n.entry k() { ret; }")), Error);
}

}  // namespace
}  // namespace sennit::cuda::ptx
