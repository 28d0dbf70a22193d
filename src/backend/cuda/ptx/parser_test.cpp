// backend/cuda/ptx/parser_test.cpp: the module that a text becomes, and what is refused.

#include "backend/cuda/ptx/parser.h"

#include <gtest/gtest.h>

#include <chrono>

#include "backend/cuda/ptx/printer.h"
#include "base/error.h"

namespace sennit::cuda::ptx {
namespace {

constexpr std::string_view kHead = ".version 9.0\n.target sm_90a\n.address_size 64\n";

Function function(const std::string& text) {
  const Module module = parse(std::string(kHead) + text);
  return std::get<Function>(module.items.back());
}

// The first instruction of a kernel with this body.
Instruction instruction(const std::string& text) {
  const Function kernel = function(".entry k() {\n" + text + "\n}");
  return std::get<Instruction>(kernel.body.front());
}

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
  return "none";
}

using Kind = Operand::Kind;

TEST(PtxParser, ReadsAKernelsParameters) {
  const Function kernel = function(
      ".visible .entry k(.param .u64 .ptr .global .align 4 k_param_0,\n"
      " .param .align 8 .b8 k_param_1[16], .param .f32 k_param_2)\n"
      ".maxntid 256, 1, 1\n.minnctapersm 2\n{ ret; }");
  EXPECT_TRUE(kernel.is_kernel);
  EXPECT_EQ(kernel.name, "k");
  EXPECT_EQ(kernel.specifiers, std::vector<std::string>{".visible"});
  ASSERT_EQ(kernel.parameters.size(), 3u);
  EXPECT_TRUE(kernel.parameters[0].has(".ptr"));
  EXPECT_EQ(kernel.parameters[0].space(), ".param");
  EXPECT_EQ(kernel.parameters[0].type(), ".u64");
  EXPECT_EQ(declared_bytes(kernel.parameters[1], kernel.parameters[1].declarators[0]), 16u);
  EXPECT_EQ(kernel.parameters[2].declarators[0].name, "k_param_2");
  EXPECT_EQ(kernel.directives.size(), 2u);
  EXPECT_EQ(kernel.directives[0].tokens.size(), 6u);
}

TEST(PtxParser, ReadsFunctionsWithResultsAndDeclarationsOfOthers) {
  const Module module = parse(
      ".extern .func (.param .b32 r) vprintf(.param .b64 a, .param .b64 b);\n"
      ".func (.reg .u32 r) f(.reg .u64 a) { mov.u32 r, 1; ret; }\n.func g { ret; }");
  const auto& declared = std::get<Function>(module.items[0]);
  EXPECT_FALSE(declared.has_body);
  EXPECT_EQ(declared.results.size(), 1u);
  EXPECT_EQ(declared.parameters.size(), 2u);
  const auto& defined = std::get<Function>(module.items[1]);
  EXPECT_TRUE(defined.has_body);
  EXPECT_EQ(defined.parameters[0].space(), ".reg");
  EXPECT_TRUE(std::get<Function>(module.items[2]).parameters.empty());
}

TEST(PtxParser, ReadsVariablesAndTheirInitializers) {
  const Module module = parse(
      ".global .align 8 .u64 table[2] = {generic(counter), f+8};\n"
      ".const .align 4 .b8 c[2][3], d = 7;\n.extern .shared .align 16 .b8 s[];\n"
      ".visible .global .attribute(.managed) .u32 m;");
  const auto& table = std::get<Declaration>(module.items[0]);
  EXPECT_EQ(table.declarators[0].initializer,
            (Tokens{"{", "generic", "(", "counter", ")", ",", "f", "+", "8", "}"}));
  const auto& constants = std::get<Declaration>(module.items[1]);
  ASSERT_EQ(constants.declarators.size(), 2u);
  EXPECT_EQ(declared_bytes(constants, constants.declarators[0]), 6u);
  EXPECT_EQ(constants.declarators[1].initializer, Tokens{"7"});
  const auto& shared = std::get<Declaration>(module.items[2]);
  EXPECT_EQ(declared_bytes(shared, shared.declarators[0]), 0u);
  EXPECT_TRUE(std::get<Declaration>(module.items[3]).has(".attribute(.managed)"));
}

TEST(PtxParser, ReadsGuardsVectorsAndAddresses) {
  const Instruction load = instruction("@!%p1 ld.global.v2.f32 {%f1, _}, [%rd4+-8];");
  EXPECT_EQ(load.guard, "%p1");
  EXPECT_TRUE(load.guard_negated);
  EXPECT_EQ(load.opcode, "ld.global.v2.f32");
  ASSERT_EQ(load.operands.size(), 2u);
  EXPECT_EQ(load.operands[0].kind, Kind::Vector);
  EXPECT_EQ(load.operands[0].parts[1].text, "_");
  EXPECT_EQ(load.operands[1].kind, Kind::Address);
  EXPECT_EQ(load.operands[1].parts[0].text, "%rd4");
  EXPECT_EQ(load.operands[1].parts[0].offset, -8);
}

TEST(PtxParser, ReadsPairsNegationsAndNumbers) {
  const Instruction compare = instruction("setp.lt.and.s32 %p1|%p2, %r1, -0x10, !%p3;");
  EXPECT_EQ(compare.operands[0].kind, Kind::Choice);
  EXPECT_EQ(compare.operands[0].parts[1].text, "%p2");
  EXPECT_EQ(compare.operands[2].text, "-0x10");
  EXPECT_EQ(compare.operands[3].prefix, '!');
  EXPECT_EQ(instruction("mov.f32 %f1, 0f3F800000;").operands[1].kind, Kind::Number);
  EXPECT_EQ(instruction("mov.u32 %r1, (4+4)*2;").operands[1].kind, Kind::Expression);
  EXPECT_EQ(instruction("mov.u64 %rd1, table+16;").operands[1].offset, 16);
}

TEST(PtxParser, ReadsCoordinatesOfTexturesAndTensors) {
  const Instruction fetch = instruction("tex.2d.v4.f32.s32 {%f1,%f2,%f3,%f4}, [t, {%r1, %r2}];");
  EXPECT_EQ(fetch.operands[1].parts[1].kind, Kind::Vector);
  const Instruction copy = instruction(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes"
      " [%r1], [%rd1, {%r2, %r3}], [%r4];");
  EXPECT_EQ(copy.operands.size(), 3u);
}

TEST(PtxParser, ReadsCalls) {
  const Instruction call = instruction("call.uni (retval0), f, (param0, param1), prototype_0;");
  ASSERT_EQ(call.operands.size(), 4u);
  EXPECT_EQ(call.operands[0].kind, Kind::Group);
  EXPECT_EQ(call.operands[1].text, "f");
  EXPECT_EQ(call.operands[2].parts.size(), 2u);
  EXPECT_EQ(instruction("call g;").operands.size(), 1u);
}

TEST(PtxParser, ReadsLabelsScopesDirectivesAndLocations) {
  const Function kernel = function(
      ".entry k() {\n.loc 1 12 3, function_name $L__info_string0, inlined_at 1 20 3\n"
      "$L1: { .reg .b32 %r<3>; }\nts: .branchtargets $L1, $L2;\n.pragma \"nounroll\";\n"
      "p : .callprototype (.param .b32 _) _ (.param .b64 _);\nret; }");
  ASSERT_EQ(kernel.body.size(), 11u);
  EXPECT_EQ(std::get<Location>(kernel.body[0]).line, 12u);
  EXPECT_EQ(std::get<Label>(kernel.body[1]).name, "$L1");
  EXPECT_TRUE(std::holds_alternative<ScopeBegin>(kernel.body[2]));
  EXPECT_EQ(std::get<Declaration>(kernel.body[3]).declarators[0].count, 3u);
  EXPECT_EQ(std::get<Directive>(kernel.body[6]).tokens.size(), 4u);
  EXPECT_EQ(std::get<Directive>(kernel.body[7]).name(), ".pragma");
}

TEST(PtxParser, ReadsDebugSections) {
  const Module module = parse(".section .debug_info {\n.b32 12\n$L: .b8 1, 2\n}\n.file 1 \"k.cu\"");
  const auto& section = std::get<Section>(module.items[0]);
  EXPECT_EQ(section.name, ".debug_info");
  ASSERT_EQ(section.lines.size(), 2u);
  EXPECT_EQ(section.lines[0], (Tokens{".b32", "12"}));
}

TEST(PtxParser, SaysWhereAndWhatItExpected) {
  EXPECT_EQ(refusal(".entry k() {\n  add.s32 %r1, %r2\n}"),
            "PTX line 3, column 1: expected ';', found '}'");
  EXPECT_EQ(refusal(".entry k( {"), "PTX line 1, column 11: expected a parameter, found '{'");
  EXPECT_EQ(refusal(".entry k() { ret;"),
            "PTX line 1, column 18: expected an instruction, a label, a declaration or '}', found "
            "the end");
  EXPECT_EQ(refusal("ret;"),
            "PTX line 1, column 1: expected a directive, a variable or a function, found 'ret'");
  EXPECT_EQ(refusal(".entry k() { op .x: ret; }"),
            "PTX line 1, column 19: expected an operand, found ':'");
  EXPECT_EQ(refusal(".reg .b32 %r<x>;"),
            "PTX line 1, column 14: expected the number of registers, found 'x'");
}

TEST(PtxParser, RefusesWhatIsNestedTooDeeply) {
  const std::string deep(100000, '{');
  EXPECT_NE(refusal(".entry k() {" + deep).find("nested too deeply"), std::string::npos);
  EXPECT_NE(refusal(".entry k() { mov.b32 " + deep).find("nested too deeply"), std::string::npos);
  const std::string open(100000, '(');
  EXPECT_NE(refusal(".entry k() { mov.b32 a, " + open).find("expected"), std::string::npos);
  EXPECT_NE(refusal(".global .b8 a = " + open).find("expected"), std::string::npos);
}

// Every beginning and every hole of a text is a module or is refused.
TEST(PtxParser, SurvivesEveryCutOfAModule) {
  const std::string text = std::string(kHead) +
                           ".visible .entry k(.param .u64 p) {\n.reg .b64 %rd<3>;\n.loc 1 2 3\n"
                           "ld.param.u64 %rd1, [p];\n@%p1 st.global.v2.u32 [%rd1+4], {1, 2};\n"
                           "call.uni (r), f, (a, b);\nsetp.eq.s32 %p1|%p2, (1+2), !%p3;\nret;\n}\n";
  parse(text);
  int modules = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++begin) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{7}, text.size()}) {
      std::string cut = text;
      cut.erase(begin, count);
      try {
        const Module module = parse(cut);
        EXPECT_EQ(parse(print(module)), module) << cut;
        ++modules;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::InvalidArgument) << error.message();
      }
    }
  }
  EXPECT_GT(modules, 100);
}

}  // namespace
}  // namespace sennit::cuda::ptx
