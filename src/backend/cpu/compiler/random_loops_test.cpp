// backend/cpu/compiler/random_loops_test.cpp: loops in loops, left and gone round by each thread at
// its own time, give the same answers however the kernel is cut into states.
//
// Threads use memory of their own, so that only their own order matters. The plain variant of a
// kernel is one state, a loop over threads, and is the oracle.
//
//   --gtest_random_seed=N   other kernels than those of 0
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "backend/cpu/kernel_fixture.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

constexpr int kSlots = 8;  // elements that a thread has for itself
constexpr int kInputs = 64;

// One kernel as CUDA C++: void (const unsigned* in, unsigned* out, int n, int m).
class RandomKernel {
 public:
  explicit RandomKernel(std::uint64_t seed) : engine_(seed) {}

  std::string text(const std::string& name) {
    std::string body;
    for (int i = 0; i < 2; ++i) body += loop(0);
    return format(R"(
extern "C" __global__ void {}(const unsigned* in, unsigned* out, int n, int m) {{
  const int x = threadIdx.x, y = threadIdx.y, t = threadIdx.y * blockDim.x + threadIdx.x;
  out += (blockIdx.x * blockDim.x * blockDim.y + t) * {};
  unsigned sum = t;
{}  out[0] += sum;
}}
)",
                  name, kSlots, body);
  }

 private:
  std::size_t below(std::size_t end) { return engine_() % end; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  const char* one_of(std::initializer_list<const char*> choices) {
    return choices.begin()[below(choices.size())];
  }
  // A variable of a loop around, or of the thread.
  std::string variable(int depth) {
    const std::size_t chosen = below(static_cast<std::size_t>(depth) + 1);
    return chosen == 0 ? one_of({"x", "y", "t", "n"}) : format("i{}", chosen - 1);
  }
  std::string condition(int depth) {
    return format("({} + {}) % {} {} {}", variable(depth), variable(depth), 2 + below(4),
                  one_of({"==", "!="}), below(2));
  }
  std::string work(int depth) {
    const std::string at =
        format("({} * {} + {}) & {}", variable(depth), 1 + below(5), variable(depth), kInputs - 1);
    if (one_in(3)) return format("out[({}) & {}] = sum + in[{}];\n", at, kSlots - 1, at);
    return format("sum = sum * {} + in[{}];\n", 1 + 2 * below(3), at);
  }
  std::string loop(int depth) {
    const std::string i = format("i{}", depth);
    std::string text =
        format("for (int {} = {}; {} < {}; {} += {}) {{\n", i,
               one_of({"0", "0", "x", "y", "x + y", "t % 3"}), i,
               one_of({"n", "n", "m", "9", "x + 2", "n - y"}), i,
               one_of({"1", "1", "2", "(int)blockDim.x", "(int)blockDim.y", "m / 2 + 1"}));
    const std::size_t statements = 1 + below(3);
    for (std::size_t k = 0; k < statements; ++k) text += statement(depth + 1);
    return text + "}\n";
  }
  std::string statement(int depth) {
    if (depth < 3 && !one_in(3)) return loop(depth);
    switch (below(8)) {
      case 0:
        return format("if ({}) {}", condition(depth), one_of({"continue;\n", "break;\n"}));
      case 1:
        return format("if ({}) {{ {} }}\n", condition(depth), work(depth));
      case 2:
        return depth < 3 ? format("if ({}) {{ {} }}\n", condition(depth), loop(depth))
                         : work(depth);
      default:
        return work(depth);
    }
  }

  std::mt19937_64 engine_;
};

std::vector<unsigned> run(const CompiledKernel& kernel, BlockRunner::Mode mode, Dim3 block, int n,
                          int m) {
  const LaunchConfig config{.grid = {2}, .block = block};
  std::vector<unsigned> in(kInputs);
  for (unsigned i = 0; i < kInputs; ++i) in[i] = i * 2654435761u >> 7;
  std::vector<unsigned> out(2 * block.count() * kSlots, 1);
  const unsigned* const from = in.data();
  unsigned* const to = out.data();
  const std::array<const void*, 4> arguments{&from, &to, &n, &m};
  const KernelLaunch launch{&kernel, config, arguments.data()};
  BlockRunner(mode).run(launch, 0, launch.block_count());
  return out;
}

TEST(RandomLoops, GiveTheSameAnswersWithEveryVariant) {
  constexpr std::size_t kKernelsOfASource = 12;
  constexpr std::size_t kKernels = 2 * kKernelsOfASource;
  const auto first = static_cast<std::size_t>(GTEST_FLAG_GET(random_seed)) * kKernels;
  const Variant* const plain = &variants().back();
  std::size_t cut = 0;
  for (std::size_t seed = first; seed < first + kKernels;) {
    CompileRequest wanted;
    std::vector<std::string> texts;
    for (; texts.size() < kKernelsOfASource; ++seed) {
      wanted.names.push_back(format("k{}", seed));
      texts.push_back(RandomKernel(seed).text(wanted.names.back()));
      wanted.source += texts.back();
    }
    const auto oracle = load(compile(wanted, plain->tuning));
    const auto refined = load(compile(wanted, {}));
    for (std::size_t k = 0; k < texts.size(); ++k) {
      const CompiledKernel& kernel = refined->kernels()[k];
      cut += kernel.states.size() > 1 ? 1 : 0;
      for (const Dim3 block : {Dim3{4, 2}, Dim3{3, 3}, Dim3{16, 4}}) {
        for (const auto& [n, m] : {std::pair(6, 3), std::pair(11, 5)}) {
          const auto expected = run(oracle->kernels()[k], plain->mode, block, n, m);
          for (const auto mode : {BlockRunner::Mode::Fastest, BlockRunner::Mode::LaneByLane}) {
            ASSERT_EQ(run(kernel, mode, block, n, m), expected)
                << texts[k] << "block " << block.x << " x " << block.y << ", n " << n << ", m " << m
                << (mode == BlockRunner::Mode::Fastest ? "" : ", lane by lane");
          }
        }
      }
    }
  }
  EXPECT_GE(cut * 4, kKernels);  // or nothing was tested
}

}  // namespace
}  // namespace sennit::cpu
