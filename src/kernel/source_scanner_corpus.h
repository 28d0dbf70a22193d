// kernel/source_scanner_corpus.h: prototypes, each with the signature that is read from it. For
// tests.
#pragma once

namespace sennit {

// What `name` means in `source`.
struct Prototype {
  const char* source;
  const char* name;
  const char* signature;
};

// One row, one thing that prototypes do.
inline constexpr Prototype kPrototypeCorpus[] = {
    // Pointers and qualifiers.
    {"__global__ void k() {}", "k", "k()"},
    {"__global__ void k(void) {}", "k", "k()"},
    {"__global__ void k(float* x) {}", "k", "k(x: inout pointer float32)"},
    {"__global__ void k(const float* x) {}", "k", "k(x: in pointer float32)"},
    {"__global__ void k(float const *x) {}", "k", "k(x: in pointer float32)"},
    {"__global__ void k(float* const x) {}", "k", "k(x: inout pointer float32)"},
    {"__global__ void k(const float* const x) {}", "k", "k(x: in pointer float32)"},
    {"__global__ void k(const float* __restrict__ x, float* __restrict y) {}", "k",
     "k(x: in pointer float32, y: inout pointer float32)"},
    {"__global__ void k(volatile int* flag) {}", "k", "k(flag: inout pointer int32)"},
    {"__global__ void k(const volatile int* flag) {}", "k", "k(flag: in pointer int32)"},
    {"__global__ void k(float x[], const int y[16]) {}", "k",
     "k(x: inout pointer float32, y: in pointer int32)"},
    {"__global__ void k(float m[][4], float (*n)[8]) {}", "k",
     "k(m: inout pointer float32, n: inout pointer float32)"},
    {"__global__ void k(void* p, const void* q) {}", "k",
     "k(p: inout pointer void, q: in pointer void)"},
    {"__global__ void k(float** p, float* const* q, const float** r) {}", "k",
     "k(p: inout pointer float32*, q: in pointer float32*, r: inout pointer float32*)"},
    {"__global__ void k(float*, int) {}", "k", "k(inout pointer float32, int32)"},
    {"__global__ void k(float (*x)) {}", "k", "k(x: inout pointer float32)"},
    {"__global__ void k(const int n, const float a) {}", "k", "k(n: int32, a: float32)"},
    {"__global__ void k(__grid_constant__ const int n) {}", "k", "k(n: int32)"},
    {"__global__ void k([[maybe_unused]] int n, int __attribute__((unused)) m) {}", "k",
     "k(n: int32, m: int32)"},

    // Arithmetic types.
    {"__global__ void k(bool a, char b, signed char c, unsigned char d) {}", "k",
     "k(a: bool, b: int8, c: int8, d: uint8)"},
    {"__global__ void k(short a, unsigned short b, short int c, unsigned short int d) {}", "k",
     "k(a: int16, b: uint16, c: int16, d: uint16)"},
    {"__global__ void k(int a, unsigned b, unsigned int c, signed d) {}", "k",
     "k(a: int32, b: uint32, c: uint32, d: int32)"},
    {"__global__ void k(long a, unsigned long b, long int c, int long unsigned d) {}", "k",
     "k(a: int64, b: uint64, c: int64, d: uint64)"},
    {"__global__ void k(long long a, unsigned long long b, long long int c, long unsigned long d) "
     "{}",
     "k", "k(a: int64, b: uint64, c: int64, d: uint64)"},
    {"__global__ void k(float a, double b) {}", "k", "k(a: float32, b: float64)"},
    {"__global__ void k(size_t a, ptrdiff_t b, std::size_t c) {}", "k",
     "k(a: uint64, b: int64, c: uint64)"},
    {"__global__ void k(uint8_t a, int16_t b, uint32_t c, std::int64_t d, cuda::std::uint64_t e) "
     "{}",
     "k", "k(a: uint8, b: int16, c: uint32, d: int64, e: uint64)"},
    {"__global__ void k(char16_t a, char32_t b, wchar_t c) {}", "k",
     "k(a: uint16, b: uint32, c: int32)"},
    {"__global__ void k(uint a, ushort b, uchar c) {}", "k", "k(a: uint32, b: uint16, c: uint8)"},
    {"#include <cuda_fp16.h>\n__global__ void k(half a, __half* b, const __nv_bfloat16* c) {}", "k",
     "k(a: float16, b: inout pointer float16, c: in pointer bfloat16)"},
    {"__global__ void k(unsigned char const* __restrict__ image) {}", "k",
     "k(image: in pointer uint8)"},

    // Vector types.
    {"__global__ void k(float4* x, const int3* y, uchar4 *z) {}", "k",
     "k(x: inout pointer float4, y: in pointer int3, z: inout pointer uchar4)"},
    {"__global__ void k(float2 a, double2 b) {}", "k", "k(a: complex64, b: complex128)"},
    {"__global__ void k(float4 a, int3 b, uint2 c) {}", "k",
     "k(a: struct 16 align 16, b: struct 12 align 4, c: struct 8 align 8)"},
    {"__global__ void k(cuFloatComplex a, cuDoubleComplex* b) {}", "k",
     "k(a: complex64, b: inout pointer cuDoubleComplex)"},
    {"__global__ void k(thrust::complex<float> a, cuda::std::complex<double> b) {}", "k",
     "k(a: complex64, b: complex128)"},
    {"__global__ void k(__half2* x, dim3 d) {}", "k",
     "k(x: inout pointer __half2, d: struct 12 align 4)"},

    // Around the name.
    {"extern \"C\" __global__ void k(int n) {}", "k", "k(n: int32)"},
    {"extern \"C\" { __global__ void k(int n) {} }", "k", "k(n: int32)"},
    {"__global__ void __launch_bounds__(256, 2) k(int n) {}", "k", "k(n: int32)"},
    {"__global__ __launch_bounds__(256) void k(int n) {}", "k", "k(n: int32)"},
    {"static __global__ void k(int n);\nvoid __global__ k(int n) {}", "k", "k(n: int32)"},
    {"__global__ void k(int) ;\n__global__ void k(int n) { if (n < 0) return; }", "k",
     "k(n: int32)"},
    {"template <class T> __global__ void __launch_bounds__(sizeof(T) > 4 ? 128 : 256) k(T* x) {}",
     "k<double>", "k<double>(x: inout pointer float64)"},
    {"__global__ void __attribute__((nv_weak)) k(int n) {}", "k", "k(n: int32)"},
    {"[[noreturn]] __global__ auto k(int n) -> void {}", "k", "k(n: int32)"},
    {"__global__ void k(int n) noexcept(true) {}", "k", "k(n: int32)"},
    {"__global__ void k(int n = 3, float a = 1.0f, int m = (1 < 2)) {}", "k",
     "k(n: int32, a: float32, m: int32)"},
    {"template <int A, int B> struct V { static const int v = A; };\n"
     "__global__ void k(int n = V<1, 2>::v, int m = 1 < 2, int o = 0) {}",
     "k", "k(n: int32, m: int32, o: int32)"},
    {"__device__ int helper(int a) { return a; }\n__global__ void k(int n) {}\nint main() {}", "k",
     "k(n: int32)"},

    // Comments, literals, continuations.
    {"// __global__ void k(float x)\n/* __global__ void k(double x) */\n__global__ void k(int n) "
     "{}",
     "k", "k(n: int32)"},
    {"const char* s = \"__global__ void k(float x) {\";\n__global__ void k(int n) {}", "k",
     "k(n: int32)"},
    {"const char* s = R\"x(__global__ void k(float) {} )\" )x\";\n__global__ void k(int n) {}", "k",
     "k(n: int32)"},
    {"__global__ void k(int /* count */ n, // the count\n float a) {}", "k",
     "k(n: int32, a: float32)"},
    {"__glo\\\nbal__ void k(in\\\nt n) {}", "k", "k(n: int32)"},
    {"char c = '{'; char d = '\\''; int e = 1'000;\n__global__ void k(int n) {}", "k",
     "k(n: int32)"},
    {"__global__ void j() { const char* s = \"}\"; char c = '}'; }\n__global__ void k(int n) {}",
     "k", "k(n: int32)"},

    // The preprocessor.
    {"#define REAL float\n__global__ void k(REAL* x) {}", "k", "k(x: inout pointer float32)"},
    {"#define IN(T) const T* __restrict__\n__global__ void k(IN(double) x) {}", "k",
     "k(x: in pointer float64)"},
    {"#define KERNEL(T) __global__ void k_##T(T* x, int n)\nKERNEL(float) {}\nKERNEL(double) {}",
     "k_double", "k_double(x: inout pointer float64, n: int32)"},
    {"#if 0\n__global__ void k(float a) {}\n#else\n__global__ void k(int a) {}\n#endif", "k",
     "k(a: int32)"},
    {"#ifdef WIDE\ntypedef double real;\n#else\ntypedef float real;\n#endif\n"
     "__global__ void k(real a) {}",
     "k", "k(a: float32)"},
    {"#define N 3\n#if N == 2\nusing T = char;\n#elif N * 2 > 5 && !defined(M)\nusing T = short;\n"
     "#else\nusing T = int;\n#endif\n__global__ void k(T a) {}",
     "k", "k(a: int16)"},
    {"#define EMPTY\n#define CAT(a, b) a ## b\n#define X(...) __VA_ARGS__\n"
     "EMPTY __global__ void CAT(k, 1)(X(int a, float b)) {}",
     "k1", "k1(a: int32, b: float32)"},
    {"#define f(x) x\n#define g f\n__global__ void k(g(int) a) {}", "k", "k(a: int32)"},
    {"#define int32 int32\n#undef int32\ntypedef int int32;\n__global__ void k(int32 a) {}", "k",
     "k(a: int32)"},
    {"#pragma unroll\n_Pragma(\"nv_diag_suppress 177\") __global__ void k(int a) {}", "k",
     "k(a: int32)"},
    {"#if __CUDA_ARCH__ >= 600\n__global__ void k(double a) {}\n#endif", "k", "k(a: float64)"},

    // Names: namespaces, aliases, enums, structs.
    {"namespace a { namespace b { __global__ void k(int n) {} } }", "a::b::k", "a::b::k(n: int32)"},
    {"namespace a::b { using T = float; __global__ void k(T* x) {} }", "::a::b::k",
     "::a::b::k(x: inout pointer float32)"},
    {"namespace { __global__ void k(int n) {} }", "k", "k(n: int32)"},
    {"inline namespace v1 { __global__ void k(int n) {} }", "v1::k", "v1::k(n: int32)"},
    {"namespace a { __global__ void k(int n); }\n__global__ void a::k(int n) {}", "a::k",
     "a::k(n: int32)"},
    {"namespace a { struct P { int x, y; }; }\nnamespace b = a;\nusing namespace a;\n"
     "__global__ void k(b::P p, P* q, a::P r) {}",
     "k", "k(p: struct 8 align 4, q: inout pointer a::P, r: struct 8 align 4)"},
    {"namespace a { using T = short; }\nusing a::T;\n__global__ void k(T n) {}", "k",
     "k(n: int16)"},
    {"using T = float;\nnamespace a { using T = double; __global__ void k(T x, ::T y) {} }", "a::k",
     "a::k(x: float64, y: float32)"},
    {"typedef unsigned int u32, *pu32;\n__global__ void k(u32 n, pu32 p, const pu32 q) {}", "k",
     "k(n: uint32, p: inout pointer uint32, q: inout pointer uint32)"},
    {"typedef const float* input;\n__global__ void k(input x) {}", "k", "k(x: in pointer float32)"},
    {"enum Mode { Fast, Slow };\nenum class Tiny : unsigned char { A };\n"
     "__global__ void k(Mode m, Tiny t, enum Mode n) {}",
     "k", "k(m: int32, t: uint8, n: int32)"},
    {"struct P { float x; double y; char c; };\n__global__ void k(P p, const P* q) {}", "k",
     "k(p: struct 24 align 8, q: in pointer P)"},
    {"typedef struct { int n; float* data; } View;\n__global__ void k(View v, View* w) {}", "k",
     "k(v: struct 16 align 8, w: inout pointer View)"},
    {"constexpr int kN = 3;\nenum { kM = kN + 1, kL };\n"
     "struct A { float v[kN][kM]; short s[kL]; };\n__global__ void k(A a) {}",
     "k", "k(a: struct 60 align 4)"},
    {"struct alignas(16) Q { float v[3]; };\nstruct __align__(8) R { int n; };\n"
     "__global__ void k(Q q, R r) {}",
     "k", "k(q: struct 16 align 16, r: struct 8 align 8)"},
    {"struct B { int a; float b = 1.0f, c{2}; static int d; B() : a(1), b{2} {}\n"
     "  __device__ float f(int* x, float* y) const { return *x; } using T = int; T e; enum { X }; "
     "};\n"
     "__global__ void k(B b) {}",
     "k", "k(b: struct 16 align 4)"},
    {"union U { double d; char c[12]; };\nstruct In { U u; char t; };\nstruct Out { In in[2]; };\n"
     "__global__ void k(Out o) {}",
     "k", "k(o: struct 48 align 8)"},
    {"struct Empty {};\n__global__ void k(Empty e) {}", "k", "k(e: struct 1 align 1)"},
    {"class C { public: int a; private: double b; };\n__global__ void k(C c) {}", "k",
     "k(c: struct 16 align 8)"},
    {"struct Node; \n__global__ void k(Node* n, Unknown* u) {}", "k",
     "k(n: inout pointer Node, u: inout pointer Unknown)"},
    {"struct T { typedef float value; struct In { int a; }; };\n"
     "__global__ void k(T::value* x, T::In i) {}",
     "k", "k(x: inout pointer float32, i: struct 4 align 4)"},

    {"typedef struct Node Node;\nstruct Node { Node* next; int n; };\n"
     "__global__ void k(Node n, struct Node* m) {}",
     "k", "k(n: struct 16 align 8, m: inout pointer Node)"},
    {"struct __half { unsigned short x; };\ntypedef struct __half half;\n"
     "struct float4 { float x, y, z, w; };\ntypedef struct float4 float4;\n"
     "__global__ void k(half a, const __half* b, float4* c) {}",
     "k", "k(a: float16, b: in pointer float16, c: inout pointer float4)"},

    // Templates.
    {"template <typename T> __global__ void k(T* x, T a) {}", "k<float>",
     "k<float>(x: inout pointer float32, a: float32)"},
    {"template <typename T, int N> __global__ void k(const T* x, int n) {}", "k<float, 4>",
     "k<float, 4>(x: in pointer float32, n: int32)"},
    {"template <class T = double, unsigned N = 4> __global__ void k(T a) {}", "k<>",
     "k<>(a: float64)"},
    {"template <class T, class U = T> __global__ void k(U* x) {}", "k<int>",
     "k<int>(x: inout pointer int32)"},
    {"template <typename T> __global__ void k(T a, T* p) {}", "k<const float*>",
     "k<const float*>(a: in pointer float32, p: inout pointer float32*)"},
    {"template <typename T> __global__ void k(T* p) {}", "k<const unsigned long long>",
     "k<const unsigned long long>(p: in pointer uint64)"},
    {"template <int N> struct V { float v[N]; };\ntemplate <int N> __global__ void k(V<N> a) {}",
     "k<2 + 3>", "k<2 + 3>(a: struct 20 align 4)"},
    {"template <class T, int N> struct V { using E = T; E v[N]; };\n"
     "template <class T> using V3 = V<T, 3>;\n__global__ void k(V3<double> a, V<char, 2>* b) {}",
     "k", "k(a: struct 24 align 8, b: inout pointer V<int8, 2>)"},
    {"template <bool B, typename T> __global__ void k(T x) {}", "k<(3 > 2), short>",
     "k<(3 > 2), short>(x: int16)"},
    {"template <class T> struct Op { T a; };\n"
     "template <class T, template <class> class F> __global__ void k(T x) {}",
     "k<float, Op>", "k<float, Op>(x: float32)"},
    {"struct Traits { using value = double; };\n"
     "template <class T> __global__ void k(typename T::value a, typename T::value* p) {}",
     "k<Traits>", "k<Traits>(a: float64, p: inout pointer float64)"},
    {"template <class T> __global__ void k(typename T::value_type* p) {}", "k<Seen>",
     "k<Seen>(p: inout pointer T::value_type)"},
    {"template <class T> __global__ void k(T x);\ntemplate <class T> __global__ void k(T y) {}\n"
     "template <> __global__ void k<float>(float z) {}\ntemplate __global__ void k<int>(int);",
     "k<float>", "k<float>(y: float32)"},
    {"namespace ns { enum E : short { A }; template <class T, E e> __global__ void k(T x) {} }",
     "ns::k<ns::E, ns::A>", "ns::k<ns::E, ns::A>(x: int16)"},

    // Name expressions.
    {"__global__ void k(int n) {}", "&k", "&k(n: int32)"},
    {"__global__ void k(int n) {}", " ( k ) ", "( k )(n: int32)"},
    {"__global__ void k(int* p) {}\n__global__ void k(float* p) {}", "(void(*)(int*))k",
     "(void(*)(int*))k(p: inout pointer int32)"},
    {"__global__ void k(int* p) {}\n__global__ void k(const int* p) {}",
     "static_cast<void (*)(const int*)>(&k)",
     "static_cast<void (*)(const int*)>(&k)(p: in pointer int32)"},
    {"__global__ void k(int a) {}\ntemplate <class T> __global__ void k(T* a) {}", "k<char>",
     "k<char>(a: inout pointer int8)"},
    {"namespace a { extern \"C\" __global__ void k(int n) {} }", "k", "k(n: int32)"},
    {"#define SIZE 7\ntemplate <int N> struct V { char v[N]; };\n"
     "template <int N> __global__ void k(V<N> v) {}",
     "k<SIZE>", "k<SIZE>(v: struct 7 align 1)"},
};

}  // namespace sennit
