// backend/cuda/ptx/printer_test.cpp: text that is read as the same module, and the edits of
// modules.

#include "backend/cuda/ptx/printer.h"

#include <gtest/gtest.h>

#include "backend/cuda/ptx/edit.h"
#include "backend/cuda/ptx/parser.h"
#include "base/error.h"

namespace sennit::cuda::ptx {
namespace {

constexpr std::string_view kModule = R"(.version 9.0
.target sm_90a, debug
.address_size 64
.file 1 "dir/kernel.cu", 1, 2
.global .align 8 .u64 table[2] = {generic(counter), f+8};
.visible .entry k(.param .u64 .ptr .align 1 p,
	.param .align 8 .b8 s[24]) 
.maxntid 256, 1, 1
.pragma "nounroll";
{
	.reg .b64 %rd<3>;
	.loc 1 12 3, function_name $L__info_string0, inlined_at 1 20 3
$L__BB0_1:
	@!%p1 st.global.v2.f32 [%rd1+-8], {%f1, 0f3F800000};
	{
	.param .b32 retval0;
	call.uni (retval0), f, (param0, param1);
	}
	setp.eq.and.s32 %p1|%p2, %r1, -4, !%p3;
	tex.2d.v4.f32.s32 {%f1, %f2, %f3, %f4}, [t, {%r1, %r2}];
	bra.uni $L__BB0_1;
}
.func f() 
;
.section .debug_str {
.b8 1, 2
.b32 $L
}
)";

TEST(PtxPrinter, TextInItsFormStaysAsItIs) { EXPECT_EQ(print(parse(kModule)), kModule); }

TEST(PtxPrinter, AnInstructionIsOneLine) {
  const Module module =
      parse(".entry k() {\n@%p  st .global .f32\n[ %rd4 + 0x10 ] , // where\n%f1 ; }");
  const auto& kernel = std::get<Function>(module.items[0]);
  EXPECT_EQ(print(std::get<Instruction>(kernel.body[0])), "@%p st.global.f32 [%rd4+16], %f1");
}

TEST(PtxEdit, PutsAnInstructionBeforeTheFirstAndKeepsTheRest) {
  Module module = parse(".entry k() { .reg .pred %p<2>;\n$L: bra $L; }\n.entry j() { ret; }");
  EXPECT_TRUE(insert_at_entry(module, "k", "griddepcontrol.wait;"));
  EXPECT_EQ(print(module),
            ".entry k() \n{\n\t.reg .pred %p<2>;\n\tgriddepcontrol.wait;\n$L:\n\tbra $L;\n}\n"
            ".entry j() \n{\n\tret;\n}\n");
}

TEST(PtxEdit, SaysWhenThereIsNoSuchKernel) {
  Module module = parse(".func f() { ret; }\n.entry k();");
  EXPECT_FALSE(insert_at_entry(module, "f", "ret;"));
  EXPECT_FALSE(insert_at_entry(module, "k", "ret;"));
  EXPECT_THROW(insert_at_entry(module, "k", "ret"), Error);
  EXPECT_THROW(insert_at_entry(module, "k", "ret; ret;"), Error);
}

}  // namespace
}  // namespace sennit::cuda::ptx
