// backend/cpu/compiler/frontend_test.cpp: what parsing gives, and what it refuses.
#include "backend/cpu/compiler/frontend.h"

#include <gtest/gtest.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "backend/cpu/compiler/host_target.h"
#include "base/error.h"

namespace sennit::cpu {
namespace {

CompileRequest request_of(std::string source, std::vector<std::string> names = {},
                          std::vector<std::string> options = {}) {
  CompileRequest request;
  request.source = std::move(source);
  request.names = std::move(names);
  request.options = std::move(options);
  return request;
}

// What parsing says of a request that compiles.
ParsedSource parse_only(const CompileRequest& request) {
  llvm::LLVMContext context;
  ParsedSource parsed = parse(request, host_target(), context);
  parsed.module.reset();  // before its context
  return parsed;
}

Error error_of(const CompileRequest& request) {
  try {
    parse_only(request);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::Internal, "nothing was raised");
}

void expect_error(const CompileRequest& request, ErrorCode code,
                  const std::vector<std::string>& parts) {
  const Error error = error_of(request);
  EXPECT_EQ(error.code(), code) << error.message();
  for (const std::string& part : parts) {
    EXPECT_NE(error.message().find(part), std::string::npos)
        << "'" << part << "' is missing in: " << error.message();
  }
}

constexpr char kSaxpy[] = R"(
__global__ void __launch_bounds__(128)
saxpy(float a, const float* __restrict__ x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}
)";

TEST(Frontend, DescribesTheParametersOfAKernel) {
  const ParsedSource parsed = parse_only(request_of(kSaxpy, {"saxpy"}));
  ASSERT_EQ(parsed.entry_points.size(), 1u);
  const EntryPoint& entry = parsed.entry_points[0];
  EXPECT_EQ(entry.name, "saxpy");
  EXPECT_EQ(entry.symbol, "__snt_entry_0");
  EXPECT_EQ(entry.lowered_name, "_Z5saxpyfPKfPfi");
  EXPECT_EQ(entry.max_threads_per_block, 128u);
  ASSERT_EQ(entry.parameters.size(), 4u);
  EXPECT_EQ(entry.parameters[0], (Parameter{"a", "float", 4, 4, false, false, false}));
  EXPECT_EQ(entry.parameters[1],
            (Parameter{"x", "const float *__restrict", 8, 8, true, true, true, 4, 4}));
  EXPECT_EQ(entry.parameters[2], (Parameter{"y", "float *", 8, 8, true, false, false, 4, 4}));
  EXPECT_EQ(parsed.log, "");
}

TEST(Frontend, ResolvesNameExpressionsInTheirOrder) {
  const std::string source = R"(
    namespace ns { template <class T, int n> __global__ void k(T* p) { *p = n; } }
    __global__ void f(int*) {}
    __global__ void f(float*) {}
    extern "C" __global__ void plain() {})";
  const ParsedSource parsed = parse_only(
      request_of(source, {"plain", "ns::k<float, 4>", "(void (*)(float*))f", "&ns::k<int, 2>"}));
  ASSERT_EQ(parsed.entry_points.size(), 4u);
  EXPECT_EQ(parsed.entry_points[0].lowered_name, "plain");
  EXPECT_EQ(parsed.entry_points[1].lowered_name, "_ZN2ns1kIfLi4EEEvPT_");
  EXPECT_EQ(parsed.entry_points[2].lowered_name, "_Z1fPf");
  EXPECT_EQ(parsed.entry_points[3].parameters[0].type, "int *");
}

TEST(Frontend, KeepsTheMemoryOfVariablesThatTheHostMayWrite) {
  llvm::LLVMContext context;
  const ParsedSource parsed = parse(request_of(R"(
      __constant__ float table[4] = {1, 2, 3, 4};
      static __device__ int hidden = 3;
      __global__ void k(float* out) { *out = table[0] + hidden; })",
                                               {"k"}),
                                    host_target(), context);
  for (const char* name : {"table", "_ZL6hidden"}) {
    const llvm::GlobalVariable* variable = parsed.module->getNamedGlobal(name);
    ASSERT_NE(variable, nullptr) << name;
    EXPECT_TRUE(variable->hasExternalLinkage() && !variable->isConstant()) << name;
  }
  EXPECT_EQ(parsed.module->getNamedGlobal("llvm.global.annotations"), nullptr);
}

TEST(Frontend, ShowsTheUsersFileAndLineInErrors) {
  CompileRequest request = request_of("__global__ void k(int* p) {\n  *p = missing;\n}", {"k"});
  request.source_name = "blur \"2\".cu";
  expect_error(request, ErrorCode::CompileFailed,
               {"blur \"2\".cu:2:8: error: use of undeclared identifier 'missing'"});
  expect_error(request_of("__global__ void k() {\n", {"k"}), ErrorCode::CompileFailed,
               {"expected '}'"});
}

TEST(Frontend, PassesWarningsOn) {
  const std::string source = "__global__ void k(int* p) { if (p = nullptr) return; }";
  EXPECT_NE(parse_only(request_of(source, {"k"})).log.find("kernel.cu:1:35: warning"),
            std::string::npos);
  EXPECT_EQ(parse_only(request_of(source, {"k"}, {"-w"})).log, "");
}

TEST(Frontend, SaysWhichKernelsThereAreWhenANameIsNone) {
  const std::string source = R"(
    __device__ int helper() { return 1; }
    namespace ns { template <class T> __global__ void scale(T* p) { *p = helper(); } }
    __global__ void blur(int*) {})";
  expect_error(request_of(source, {"blur", "blurr"}), ErrorCode::InvalidArgument,
               {"'blurr' names no kernel of kernel.cu", "ns::scale<...>, blur"});
  expect_error(request_of(source, {"helper"}), ErrorCode::InvalidArgument, {"'helper'"});
  const std::string device = "__device__ void helper(int*) {}";
  expect_error(request_of(device, {"helper"}), ErrorCode::InvalidArgument,
               {"'helper' in kernel.cu is no kernel: it is not declared __global__"});
}

TEST(Frontend, RefusesWhatACpuHasNotWithTheLine) {
  const auto kernel = [](const std::string& body) {
    return "#include <mma.h>\n__global__ void child(int*) {}\n"
           "__global__ void k(int* p, cudaTextureObject_t t) {\n" +
           body + "\n}";
  };
  const auto expect = [&](const std::string& body, const std::string& text) {
    expect_error(request_of(kernel(body), {"k"}), ErrorCode::Unsupported,
                 {"kernel.cu:4", text, "SENNIT_CPU"});
  };
  expect(R"(asm volatile("mov.u32 %0, %laneid;" : "=r"(*p));)", "inline PTX");
  expect(R"(long a; asm("ld.global.s64 %0, [%1];" : "=l"(a) : "l"(p));)", "inline PTX");
  expect("*p = tex2D<int>(t, 0.5f, 0.5f);", "textures");
  expect("surf2Dwrite(3, t, 0, 0);", "surfaces");
  expect("nvcuda::wmma::fragment<nvcuda::wmma::matrix_a, 16, 16, 16, float> f;", "tensor cores");
  expect_error(request_of(kernel("child<<<1, 1>>>(p);"), {"k"}), ErrorCode::Unsupported,
               {"kernel.cu:4", "<<<...>>>"});
}

TEST(Frontend, IgnoresAssemblyThatNoKernelReaches) {
  const std::string source = R"(
    __device__ void fence() { asm volatile("membar.gl;" ::: "memory"); }
    __global__ void uses(int* p) { *p = 1; fence(); }
    __global__ void does_not(int* p) { *p = 1; })";
  EXPECT_NO_THROW(parse_only(request_of(source, {"does_not"})));
  expect_error(request_of(source, {"does_not", "uses"}), ErrorCode::Unsupported, {"kernel.cu:2"});
}

TEST(Frontend, UnderstandsNvrtcsOptions) {
  const std::string source = R"(
    #if A != 3 || defined(GONE) || __CUDA_ARCH__ != 860 || __cplusplus < 202002L
    #error options were lost
    #endif
    #ifndef __USE_FAST_MATH__
    #error fast math was lost
    #endif
    __global__ void k() {})";
  EXPECT_NO_THROW(parse_only(request_of(
      source, {"k"},
      {"-DA=3", "-D", "GONE", "-UGONE", "--gpu-architecture=sm_86", "--std=c++20", "-G",
       "-lineinfo", "--use_fast_math", "-default-device", "-I", "/nowhere", "--maxrregcount=32"})));
  expect_error(request_of("", {}, {"--magic"}), ErrorCode::InvalidArgument,
               {"'--magic'", "--define-macro (-D)"});
  expect_error(request_of("", {}, {"--std=c++99"}), ErrorCode::InvalidArgument, {"c++17"});
  expect_error(request_of("", {}, {"-I"}), ErrorCode::InvalidArgument, {"needs a value"});
}

TEST(Frontend, AllowsFusedOperationsUnlessToldNotTo) {
  const std::string source = "__global__ void k(float a, float* p) { *p = a * *p + 1.0f; }";
  const auto may_fuse = [&](const std::vector<std::string>& options) {
    llvm::LLVMContext context;
    const ParsedSource parsed = parse(request_of(source, {"k"}, options), host_target(), context);
    for (const llvm::Instruction& instruction :
         llvm::instructions(parsed.module->getFunction("_Z1kfPf"))) {
      if (instruction.getOpcode() == llvm::Instruction::FMul) return instruction.hasAllowContract();
    }
    return false;
  };
  EXPECT_TRUE(may_fuse({}));
  EXPECT_FALSE(may_fuse({"--fmad=false"}));
}

TEST(Frontend, SeesMacrosOfTheOptionsInAssert) {
  const std::string source = "__global__ void k(int* p) { assert(*p); }";
  llvm::LLVMContext context;
  EXPECT_NE(parse(request_of(source, {"k"}), host_target(), context)
                .module->getFunction("__snt_assert_fail"),
            nullptr);
  EXPECT_EQ(parse(request_of(source, {"k"}, {"-DNDEBUG"}), host_target(), context)
                .module->getFunction("__snt_assert_fail"),
            nullptr);
}

TEST(Frontend, ReadsHeadersOfTheUsersFolders) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "frontend_test_headers";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "mine.h") << "constexpr int kMine = 12;";
  EXPECT_NO_THROW(parse_only(request_of("#include \"mine.h\"\nstatic_assert(kMine == 12);", {},
                                        {"-I" + folder.string()})));
  std::filesystem::remove_all(folder);
}

TEST(Frontend, NeedsNoHeaderOfTheMachine) {
  std::string source;
  for (const char* header : {"cuda_runtime.h",
                             "cuda_fp16.h",
                             "cuda_bf16.h",
                             "cooperative_groups.h",
                             "cooperative_groups/reduce.h",
                             "cooperative_groups/scan.h",
                             "cooperative_groups/memcpy_async.h",
                             "math_constants.h",
                             "cstdint",
                             "cmath",
                             "limits",
                             "type_traits",
                             "cfloat",
                             "climits",
                             "cstdio",
                             "cassert",
                             "utility",
                             "array",
                             "stdio.h",
                             "cuda/std/cmath",
                             "cuda/std/type_traits",
                             "cuda/std/limits",
                             "cuda/std/cstdint"}) {
    source += std::string("#include <") + header + ">\n";
  }
  source += "#include <vector>\n";
  const Error error = error_of(request_of(source));
  EXPECT_NE(error.message().find("'vector' file not found"), std::string::npos) << error.message();
}

TEST(Frontend, ParsesInSeveralThreadsAtOnce) {
  std::vector<std::string> found(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([&found, i] {
      const std::string standard = i % 2 ? "--std=c++17" : "--std=c++20";
      found[i] = parse_only(request_of(kSaxpy, {"saxpy"}, {standard})).entry_points[0].lowered_name;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, std::vector<std::string>(4, "_Z5saxpyfPKfPfi"));
}

TEST(Frontend, AKernelMayPromiseNotToThrow) {
  const ParsedSource parsed = parse_only(request_of("__global__ void k(int n) noexcept {}", {"k"}));
  ASSERT_EQ(parsed.entry_points.size(), 1u);
  EXPECT_EQ(parsed.entry_points[0].parameters.size(), 1u);
}

TEST(Frontend, ListsTheKernelsOfASource) {
  const std::string source = R"(
    __global__ void forward(float*);
    namespace a::b { template <typename T> __global__ void scale(T* data, const int n) {} }
    extern "C" { __global__ void plain(unsigned char x, double2 v) {} }
    __device__ void helper(int*) {}
    __global__ void forward(float* data) {})";
  const std::vector<KernelPrototype> kernels =
      prototypes(request_of(source), host_target()).declared;
  ASSERT_EQ(kernels.size(), 3u);
  EXPECT_EQ(kernels[0].name, "forward");
  EXPECT_EQ(kernels[0].parameters[0].name, "data");
  EXPECT_EQ(kernels[1].name, "a::b::scale");
  EXPECT_TRUE(kernels[1].is_template);
  EXPECT_EQ(kernels[1].parameters[1].type, "const int");
  EXPECT_EQ(kernels[2].parameters[0].type, "unsigned char");
  EXPECT_EQ(kernels[2].parameters[1].bytes, 16u);
}

}  // namespace
}  // namespace sennit::cpu
