// benchmarks/ptx_access.cpp: how long reading a PTX module and inferring its accesses takes.
//
//   ptx_access                         Google Benchmark's options, such as --benchmark_filter
//
//   Parse, Infer, ParseAndInfer        for modules of about so many lines: kernels that stage tiles
//                                      in shared memory, in loops, unrolled; every eighth of them
//                                      calls a function
//   ParseAndInfer/one_kernel           the same lines in one kernel, with many blocks
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/parser.h"
#include "base/text.h"

namespace sennit::cuda::ptx {
namespace {

constexpr const char* kHead = R"(.version 8.0
.target sm_90
.address_size 64
.func (.param .b32 r) helper(.param .b64 p, .param .b32 i) {
	.reg .b64 %rd<4>;
	.reg .b32 %r<4>;
	ld.param.u64 %rd1, [p];
	ld.param.u32 %r1, [i];
	mul.wide.s32 %rd2, %r1, 4;
	add.s64 %rd3, %rd1, %rd2;
	ld.u32 %r2, [%rd3];
	st.param.b32 [r], %r2;
	ret;
}
)";

// 14 lines, as an unrolled loop has them: `n` numbers its registers.
std::string step(int n) {
  const int r = 10 + n * 8;
  std::string text = format("$L{}:\n", n);
  text += format("\tmad.lo.s32 %r{}, %r1, {}, %r2;\n", r, n + 1);
  text += format("\tmul.wide.s32 %rd{}, %r{}, 4;\n", r, r);
  text += format("\tadd.s64 %rd{}, %rd3, %rd{};\n", r + 1, r);
  text += format("\tld.global.nc.f32 %f{}, [%rd{}+{}];\n", r, r + 1, n * 4);
  text += format("\tshl.b32 %r{}, %r{}, 2;\n\tmov.u32 %r{}, tile;\n", r + 1, r, r + 2);
  text += format("\tadd.s32 %r{}, %r{}, %r{};\n", r + 3, r + 2, r + 1);
  text += format("\tst.shared.f32 [%r{}], %f{};\n\tld.shared.f32 %f{}, [%r{}+64];\n", r + 3, r,
                 r + 1, r + 3);
  text += format("\tfma.rn.f32 %f1, %f{}, %f{}, %f1;\n", r, r + 1);
  text += format("\tadd.s64 %rd{}, %rd4, %rd{};\n\tst.global.f32 [%rd{}], %f1;\n", r + 2, r, r + 2);
  text += format("\tsetp.lt.s32 %p{}, %r{}, %r1;\n\t@%p{} bra $L{};\n", n % 7, r, n % 7, n);
  return text;
}

std::string kernel(int number, int steps) {
  std::string text = format(
      ".visible .entry k{}(.param .u64 a, .param .u64 b, .param .u32 n) {{\n"
      "\t.reg .b64 %rd<{}>;\n\t.reg .b32 %r<{}>;\n\t.reg .f32 %f<{}>;\n\t.reg .pred %p<8>;\n"
      "\t.shared .align 4 .b8 tile[4096];\n",
      number, steps * 8 + 20, steps * 8 + 20, steps * 8 + 20);
  text +=
      "\tld.param.u64 %rd1, [a];\n\tld.param.u64 %rd2, [b];\n\tld.param.u32 %r1, [n];\n"
      "\tcvta.to.global.u64 %rd3, %rd1;\n\tcvta.to.global.u64 %rd4, %rd2;\n\tmov.u32 %r2, "
      "%tid.x;\n";
  for (int i = 0; i < steps; ++i) text += step(i);
  if (number % 8 == 0) {
    text +=
        "\t{\n\t.param .b64 x;\n\t.param .b32 y;\n\t.param .b32 z;\n\tst.param.b64 [x], %rd1;\n"
        "\tst.param.b32 [y], %r1;\n\tcall.uni (z), helper, (x, y);\n\t}\n";
  }
  return text + "\tret;\n}\n";
}

std::string module_of(int lines, int steps) {
  std::string text = kHead;
  for (int number = 0; std::count(text.begin(), text.end(), '\n') < lines; ++number) {
    text += kernel(number, steps);
  }
  return text;
}

void count(benchmark::State& state, const std::string& text) {
  state.counters["lines"] = static_cast<double>(std::count(text.begin(), text.end(), '\n'));
}

void Parse(benchmark::State& state) {
  const std::string text = module_of(static_cast<int>(state.range(0)), 14);
  for (auto _ : state) benchmark::DoNotOptimize(parse(text));
  count(state, text);
}

void Infer(benchmark::State& state) {
  const std::string text = module_of(static_cast<int>(state.range(0)), 14);
  const Module module = parse(text);
  for (auto _ : state) benchmark::DoNotOptimize(infer_access(module));
  count(state, text);
}

void ParseAndInfer(benchmark::State& state) {
  const std::string text = module_of(static_cast<int>(state.range(0)), 14);
  for (auto _ : state) benchmark::DoNotOptimize(infer_access(parse(text)));
  count(state, text);
}

void ParseAndInferOneKernel(benchmark::State& state) {
  const std::string text = kHead + kernel(0, static_cast<int>(state.range(0)) / 15);
  for (auto _ : state) benchmark::DoNotOptimize(infer_access(parse(text)));
  count(state, text);
}

BENCHMARK(Parse)->Arg(5000)->Unit(benchmark::kMillisecond);
BENCHMARK(Infer)->Arg(5000)->Unit(benchmark::kMillisecond);
BENCHMARK(ParseAndInfer)->Arg(500)->Arg(5000)->Arg(50000)->Unit(benchmark::kMillisecond);
BENCHMARK(ParseAndInferOneKernel)
    ->Name("ParseAndInfer/one_kernel")
    ->Arg(5000)
    ->Arg(50000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sennit::cuda::ptx

BENCHMARK_MAIN();
