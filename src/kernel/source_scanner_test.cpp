// kernel/source_scanner_test.cpp: what the scanner refuses, and what it says.

#include "kernel/source_scanner.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace sennit {
namespace {

std::string read(const std::string& source, const std::string& name,
                 const std::vector<std::string>& options = {}) {
  SourceScanner scanner(source, "kernel.cu", options);
  return scanner.signature(name).to_string();
}

std::string message(const std::string& source, const std::string& name) {
  try {
    return "accepted: " + read(source, name);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidArgument);
    return error.message();
  }
}

// Whether reading `name` is refused with a message that contains `part`.
testing::AssertionResult says(const std::string& source, const std::string& name,
                              const std::string& part) {
  const std::string found = message(source, name);
  if (found.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected: " << part << "\nfound: " << found;
}

TEST(SourceScanner, ListsTheKernelsThatExist) {
  EXPECT_EQ(message("namespace ns { __global__ void a(); }\n"
                    "template <class T, int> __global__ void b(T*);\n__global__ void a(int);",
                    "c"),
            "no kernel is called 'c'; kernel.cu has: ns::a, b<T, ?>, a");
  EXPECT_EQ(message("void host(); __device__ int f();", "k"),
            "no kernel is called 'k': kernel.cu has no __global__ function");
  EXPECT_TRUE(says("namespace ns { __global__ void a(); }", "a", "no kernel is called 'a'"));
}

TEST(SourceScanner, SaysWhichParameterCannotBeRead) {
  EXPECT_EQ(message("__global__ void k(float* x,\n    Box box) {}", "k"),
            "kernel 'k': parameter 2 ('Box box', line 2): 'Box' is not defined in the source; give "
            "the kernel's signature, such as \"k(x: in pointer float, p: struct 24 align 8)\"");
}

TEST(SourceScanner, RefusesWhatAKernelCannotTake) {
  EXPECT_TRUE(says("__global__ void k(int& n) {}", "k", "is a reference"));
  EXPECT_TRUE(says("__global__ void k(const int &&n) {}", "k", "is a reference"));
  EXPECT_TRUE(says("__global__ void k(int (&n)[4]) {}", "k", "is a reference"));
  EXPECT_TRUE(
      says("__global__ void k(float (*f)(float)) {}", "k", "is a function or a pointer to one"));
  EXPECT_TRUE(says("typedef float (*F)(float);\n__global__ void k(F f) {}", "k", "pointer to one"));
  EXPECT_TRUE(
      says("template <class... T> __global__ void k(T... x) {}", "k<int>", "parameter pack"));
  EXPECT_TRUE(
      says("__global__ void k(long double x) {}", "k", "'long double' is no type of device code"));
  EXPECT_TRUE(says("__global__ void k(auto x) {}", "k", "'auto' is deduced"));
  EXPECT_TRUE(says("__global__ void k(decltype(1) x) {}", "k", "'decltype' is deduced"));
}

TEST(SourceScanner, RefusesLayoutsThatItCannotBeSureOf) {
  const auto refused = [](const std::string& definition, const std::string& part) {
    EXPECT_TRUE(says(definition + "\n__global__ void k(S s) {}", "k", part));
  };
  refused("struct A {}; struct S : A { int x; };", "'S' has base classes");
  refused("struct S { virtual void f(); int x; };", "'S' has virtual functions");
  refused("struct S { int a : 3; };", "'S' has bit fields");
  refused("struct S { union { int a; float b; }; };", "a member of a type without a name");
  refused("struct S { void (*f)(int); };", "'S' has a pointer to a function");
  refused("struct S { int& r; };", "'S' has a reference");
  refused("struct S { Unknown u; };", "'Unknown' is not defined in the source");
  refused("struct S { int v[N]; };", "the bound 'N' in 'S' is not understood");
  refused("struct S { int v[0]; };", "the bound '0' in 'S'");
  refused("struct S { alignas(16) float v; };", "'S' has an aligned member");
  refused("#pragma pack(1)\nstruct S { char c; int n; };", "subject to #pragma pack");
  refused("struct S { S s; };", "nested");
  refused("struct S;", "'S' is not defined in the source");
  refused("struct S { char v[1 << 30]; };", "'S' is too large");
}

TEST(SourceScanner, RefusesTemplatesThatItCannotInstantiate) {
  const std::string source =
      "template <class T, int N> __global__ void k(T* x) {}\n"
      "template <class T> __global__ void d(typename T::value v) {}\n"
      "template <class T> struct P { T a; }; template <> struct P<int> { char c[99]; };\n"
      "__global__ void p(P<int> a) {}\n"
      "template <class T> struct Q { using type = T; };\n"
      "template <class T> __global__ void q(typename Q<T>::type a) {}";
  EXPECT_TRUE(says(source, "k", "kernel 'k' is a template: name its arguments, as in k<T, N>"));
  EXPECT_TRUE(says(source, "k<float>", "name its arguments, as in k<T, N>"));
  EXPECT_TRUE(says(source, "k<float, 1, 2>", "name its arguments, as in k<T, N>"));
  EXPECT_TRUE(
      says(source, "d<float>", "'T::value' depends on the template argument 'T'; give the"));
  EXPECT_TRUE(says(source, "p", "'P<int32>' has specialisations"));
  EXPECT_TRUE(says(source, "q<int>", "'Q<T>::type' is a member of a template"));
  EXPECT_TRUE(says("__global__ void k(int n) {}", "k<int>", "kernel 'k<int>' is no template"));
  EXPECT_TRUE(
      says("template <class T> __global__ void k(T x) {}\n"
           "template <> __global__ void k(float x) {}",
           "k", "kernel 'k' is a template"));
}

TEST(SourceScanner, AsksWhichOverloadIsMeant) {
  const std::string source = "__global__ void k(int* p) {}\n__global__ void k(float *p, int n) {}";
  EXPECT_EQ(message(source, "k"),
            "'k' has 2 overloads: (int* p), (float *p, int n); choose one by a cast, as in "
            "\"(void(*)(int*))k\"");
  EXPECT_TRUE(says(source, "(void(*)(double*))k", "no overload of 'k' has the parameters of"));
}

TEST(SourceScanner, RefusesWhatIsNoNameExpression) {
  for (const char* name : {"", " ", "&", "k + 1", "k<", "k>", "3", "(k", "k()", "k<int>::f",
                           "\"k\"", "()", "static_cast<int>", "static_cast<>(k)", "(int)k"}) {
    EXPECT_TRUE(says("__global__ void k(int n) {}", name, "is no name of a kernel"));
  }
}

TEST(SourceScanner, ObeysDefinitionsOfTheCompile) {
  const std::string source =
      "#ifdef WIDE\nusing real = double;\n#else\nusing real = float;\n#endif\n"
      "struct V { real v[N]; };\n__global__ void k(real x, V v) {}";
  EXPECT_EQ(read(source, "k", {"-DN=2"}), "k(x: float32, v: struct 8 align 4)");
  EXPECT_EQ(read(source, "k", {"-D", "N=4", "--define-macro=WIDE"}),
            "k(x: float64, v: struct 32 align 8)");
  const std::string newer =
      "#if __CUDA_ARCH__ >= 800 && __cplusplus > 201703L\n__global__ void k(double x) {}\n#else\n"
      "__global__ void k(float x) {}\n#endif";
  EXPECT_EQ(read(newer, "k"), "k(x: float32)");
  EXPECT_EQ(read(newer, "k", {"-arch=sm_90a", "--std=c++20"}), "k(x: float64)");
  EXPECT_EQ(read(newer, "k", {"--gpu-architecture", "compute_80", "-std=c++17"}), "k(x: float32)");
  EXPECT_EQ(read(source, "k", {"-DN=1", "-DWIDE", "-UWIDE", "--use_fast_math"}),
            "k(x: float32, v: struct 4 align 4)");
}

TEST(SourceScanner, ReadsHeadersOfTheIncludeFolders) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "sennit_scanner_include";
  std::filesystem::create_directories(folder / "inner");
  std::ofstream(folder / "types.h") << "#pragma once\n#include \"inner/deep.h\"\n"
                                       "#include \"types.h\"\ntypedef Deep real;\n";
  std::ofstream(folder / "inner" / "deep.h") << "#include \"types.h\"\n#define DEEP\nusing Deep = "
                                                "double;\n";
  const std::string source =
      "#include <types.h>\n#include <cuda_fp16.h>\n__global__ void k(real x) {}";
  EXPECT_EQ(read(source, "k", {"-I", folder.string()}), "k(x: float64)");
  const std::string beside = "#include \"types.h\"\n__global__ void k(real x) {}";
  EXPECT_EQ(SourceScanner(beside, (folder / "kernel.cu").string(), {}).signature("k").to_string(),
            "k(x: float64)");
  EXPECT_EQ(read("__global__ void k(real x) {}", "k", {"-include", (folder / "types.h").string()}),
            "k(x: float64)");
  EXPECT_TRUE(says(source, "k", "'real' is not defined in the source"));
  std::filesystem::remove_all(folder);
}

// Sources that would take for ever, or too much stack, if nothing bounded the work.
TEST(SourceScanner, GivesUpOnAbsurdSources) {
  std::string doubling = "#define A0 x x\n";
  std::string silent = "#define A0\n";
  std::string pairs =
      "template <class A, class B> struct P { A a; B b; };\nstruct T0 { int x; };\n";
  std::string chain = "using T0 = int;\n";
  for (int i = 1; i < 60; ++i) {
    const std::string now = std::to_string(i), before = std::to_string(i - 1);
    doubling += "#define A" + now + " A" + before + " A" + before + "\n";
    silent += "#define A" + now + " A" + before + " A" + before + "\n";
    pairs += "using T" + now + " = P<T" + before + ", T" + before + ">;\n";
    chain += "using T" + now + " = T" + before + ";\n";
  }
  EXPECT_TRUE(
      says(doubling + "A59\n__global__ void k(int n) {}", "k", "macros expand to more than"));
  EXPECT_TRUE(says(silent + "A59\n__global__ void k(int n) {}", "k", "macros expand to more than"));
  EXPECT_TRUE(says(pairs + "__global__ void k(T59 n) {}", "k", "give the kernel's signature"));
  EXPECT_TRUE(says("using A = B; using B = A;\n__global__ void k(A n) {}", "k", "kernel 'k'"));

  std::string nested;
  for (int i = 0; i < 5000; ++i) nested += "namespace a { struct S { int f(";
  EXPECT_TRUE(says(nested, "k", "no kernel is called 'k'"));
  EXPECT_TRUE(says("#if " + std::string(5000, '(') + "\n" + "__global__ void k(long q) {}\n#endif",
                   "k", "no kernel is called"));
  EXPECT_TRUE(says("__global__ void k(int " + std::string(5000, '(') + ") {}", "k", "no kernel"));
}

}  // namespace
}  // namespace sennit
