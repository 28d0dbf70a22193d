// backend/cpu/compiler/compiler_test.cpp: from source to loaded modules, and what is refused.
#include "backend/cpu/compiler/compiler.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "backend/cpu/compiler/access_inference.h"
#include "backend/cpu/compiler/image.h"
#include "backend/cpu/kernel_fixture.h"

namespace sennit::cpu {
namespace {

void run(const CompiledKernel& kernel, Dim3 grid, Dim3 block, std::vector<const void*> arguments) {
  const KernelLaunch launch{&kernel, {.grid = grid, .block = block}, arguments.data()};
  BlockRunner().run(launch, 0, launch.block_count());
}

constexpr char kTwoKernels[] = R"(
  template <typename T> __global__ void scale(T* x, T by, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) x[i] *= by;
  }
  __global__ void __launch_bounds__(96) fill(int* x, int value) {
    __shared__ int s[16];
    s[threadIdx.x % 16] = value;
    __syncthreads();
    x[threadIdx.x] = s[(threadIdx.x + 1) % 16];
  })";

TEST(Compiler, AKernelMayChooseBetweenParametersAndBetweenDimensions) {
  TestKernel kernel(R"(
      __device__ __noinline__ int* either(int* a, int* b, int which) { return which ? a : b; }
      __global__ void k(int* a, int* b, int which) {
        int i;
        if (which) i = threadIdx.x; else i = threadIdx.y;
        atomicAdd(&either(a, b, which)[i], 1); })",
                    "k");
  std::vector<int> a(4), b(2);
  const LaunchConfig config{.grid = {1}, .block = {4, 2, 1}};
  kernel(config, a.data(), b.data(), 1);
  EXPECT_EQ(a, (std::vector<int>{2, 2, 2, 2}));
  kernel(config, a.data(), b.data(), 0);
  EXPECT_EQ(b, (std::vector<int>{4, 4}));
}

TEST(Compiler, OneImageHoldsAllKernelsThatAreNamed) {
  const Image image = compile(request(kTwoKernels, {"scale<float>", "fill", "scale<double>"}));
  const auto module = load(image);
  ASSERT_EQ(module->kernels().size(), 3u);
  EXPECT_EQ(module->kernels()[0].name, "scale<float>");
  EXPECT_EQ(module->kernels()[2].name, "scale<double>");
  EXPECT_NE(module->kernels()[0].lowered_name, module->kernels()[2].lowered_name);
  EXPECT_EQ(module->kernels()[1].max_threads, 96u);
  EXPECT_EQ(module->kernels()[1].static_shared_bytes, 64u);
  EXPECT_EQ(module->kernels()[1].states.size(), 2u);
  EXPECT_EQ(module->kernels()[0].parameter_bytes, (std::vector<std::uint32_t>{8, 4, 4}));
  EXPECT_EQ(module->kernels()[2].parameter_bytes, (std::vector<std::uint32_t>{8, 8, 4}));

  std::vector<double> x{1, 2, 3};
  double* data = x.data();
  const double by = 2.5;
  const int count = 3;
  run(module->kernels()[2], {1}, {32}, {&data, &by, &count});
  EXPECT_EQ(x, (std::vector<double>{2.5, 5, 7.5}));

  std::vector<int> y(16);
  int* ints = y.data();
  const int value = 7;
  run(module->kernels()[1], {1}, {16}, {&ints, &value});
  EXPECT_EQ(y, std::vector<int>(16, 7));
}

TEST(Compiler, ModuleVariablesHaveAddressesAndBelongToOneModule) {
  const Image image = compile(request(R"(
    __device__ int counter = 5;
    __constant__ float table[3] = {1, 2, 3};
    namespace inner { static __device__ double hidden; }
    __global__ void k(float* out) {
      atomicAdd(&counter, 1);
      inner::hidden += 0.5;
      if (threadIdx.x < 3) out[threadIdx.x] = table[threadIdx.x];
    })",
                                      {"k"}));
  const auto first = load(image), second = load(image);
  const auto find = [](const LoadedModule& module, const std::string& name) {
    for (const LoadedVariable& variable : module.variables())
      if (variable.name == name) return variable.variable;
    ADD_FAILURE() << name;
    return ModuleVariable{};
  };
  EXPECT_EQ(find(*first, "counter").bytes, 4u);
  EXPECT_EQ(find(*first, "table").bytes, 12u);
  EXPECT_NE(find(*first, "counter").address, find(*second, "counter").address);
  static_cast<float*>(find(*first, "table").address)[1] = 20;

  std::vector<float> out(3);
  float* data = out.data();
  run(first->kernels()[0], {1}, {4}, {&data});
  EXPECT_EQ(out, (std::vector<float>{1, 20, 3}));
  EXPECT_EQ(*static_cast<int*>(find(*first, "counter").address), 9);
  EXPECT_EQ(*static_cast<int*>(find(*second, "counter").address), 5);
  EXPECT_EQ(*static_cast<double*>(find(*first, "inner::hidden").address), 2.0);
  run(second->kernels()[0], {1}, {4}, {&data});
  EXPECT_EQ(out, (std::vector<float>{1, 2, 3}));
}

TEST(Compiler, ThreadsMayCompileLoadAndRunAtTheSameTime) {
  std::vector<std::thread> threads;
  std::vector<int> results(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t, &results] {
      const std::string source =
          "__global__ void k(int* x) { *x = " + std::to_string(t) + " + 10; }";
      TestKernel kernel(source, "k");
      kernel(LaunchConfig{}, &results[static_cast<std::size_t>(t)]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(results, (std::vector<int>{10, 11, 12, 13}));
}

TEST(Compiler, BarriersInFunctionsThatCannotBeInlinedAreErrorsThatNameThem) {
  const std::string message = message_of(ErrorCode::CompileFailed, [] {
    compile(request(R"(
      __device__ int walk(int n) { __syncthreads(); return n <= 0 ? 0 : walk(n - 2) + walk(n - 1); }
      __global__ void k(int* x) { *x = walk(*x); })",
                    {"k"}));
  });
  EXPECT_TRUE(has(message, "'walk(int)' uses a barrier"));
  EXPECT_TRUE(has(message, "recursive"));
}

TEST(Compiler, RecursionWithoutBarriersRuns) {
  TestKernel kernel(R"(
    __device__ int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
    __global__ void k(int* x) { x[threadIdx.x] = fib(x[threadIdx.x]); })",
                    "k");
  std::vector<int> x{1, 5, 10};
  kernel(LaunchConfig{.grid = {}, .block = {3}}, x.data());
  EXPECT_EQ(x, (std::vector<int>{1, 5, 55}));
}

TEST(Compiler, LocalArraysOfVariableSizeAreUnsupported) {
  EXPECT_TRUE(has(message_of(ErrorCode::Unsupported,
                             [] {
                               compile(request(R"(__global__ void k(int* x, int n) {
      int* local = (int*)__builtin_alloca(n * sizeof(int));
      for (int i = 0; i < n; i++) local[i] = x[i];
      __syncthreads();
      for (int i = 0; i < n; i++) x[i] = local[n - 1 - i];
    })",
                                               {"k"}));
                             }),
                  "known only as it runs"));
}

TEST(Compiler, FunctionsWithoutADefinitionAreNamed) {
  EXPECT_TRUE(
      has(message_of(
              ErrorCode::CompileFailed,
              [] {
                compile(request(
                    "__device__ int missing(int); __global__ void k(int* x) { *x = missing(*x); }",
                    {"k"}));
              }),
          "used but not defined: missing(int)"));
}

TEST(Compiler, InitialisersThatMustRunAreRefused) {
  EXPECT_TRUE(has(message_of(ErrorCode::CompileFailed,
                             [] {
                               compile(
                                   request("__device__ int seed(); __device__ int x = seed() + 1;"
                                           "__device__ int seed() { volatile int n = 3; return n; }"
                                           "__global__ void k(int* out) { *out = x; }",
                                           {"k"}));
                             }),
                  "initialiser that must run"));
}

TEST(Loader, RefusesWhatIsNoImageOfThisMachineAndVersion) {
  Image image = compile(request("__global__ void k() {}", {"k"}));
  const auto refused = [](const Image& broken) {
    return message_of(ErrorCode::InvalidArgument, [&] { load(broken); });
  };
  Image other = image;
  other.bytes.resize(other.bytes.size() / 2);
  EXPECT_TRUE(has(refused(other), "cut short"));
  other = image;
  other.bytes[0] = std::byte{0};
  EXPECT_TRUE(has(refused(other), "no image of the CPU backend"));
  other = image;
  other.bytes[8] = std::byte{200};
  EXPECT_TRUE(has(refused(other), "version 200"));
  EXPECT_TRUE(has(refused(Image{}), "no image of the CPU backend"));

  ImageContent content = unpack(image.bytes);
  content.architecture = "m68k";
  other.bytes = pack(content);
  EXPECT_TRUE(has(refused(other), "was compiled for 'm68k'"));
  EXPECT_EQ(load(image)->kernels().size(), 1u);
}

TEST(Image, UnpacksWhatWasPacked) {
  const Image image = compile(request(kTwoKernels, {"fill", "scale<int>"}));
  const ImageContent content = unpack(image.bytes);
  EXPECT_EQ(content.kernels.size(), 2u);
  EXPECT_EQ(content.architecture, host_architecture());
  EXPECT_EQ(pack(content), image.bytes);
  // No length may be believed: every cut is noticed.
  for (std::size_t bytes = 0; bytes < image.bytes.size(); bytes += 37)
    EXPECT_THROW(unpack(std::span(image.bytes).first(bytes)), Error) << bytes;
}

TEST(Compiler, TheKeyNamesCompilerImageAndAccessVersion) {
  EXPECT_TRUE(has(compiler_key(), "llvm 19"));
  EXPECT_TRUE(has(compiler_key(), "image " + std::to_string(kImageVersion)));
  EXPECT_TRUE(has(compiler_key(), "access " + std::to_string(kAccessVersion)));
}

}  // namespace
}  // namespace sennit::cpu
