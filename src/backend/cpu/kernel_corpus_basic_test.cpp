// backend/cpu/kernel_corpus_basic_test.cpp: cases of indexing.cu and templates.cu.
#include <climits>
#include <cmath>

#include "backend/cpu/kernel_corpus.h"

namespace sennit::cpu {
namespace {

struct Float4 {
  float x, y, z, w;
  bool operator==(const Float4&) const = default;
};
struct Int2 {
  int x, y;
};
struct Uchar4 {
  unsigned char x, y, z, w;
};
struct Pair {
  int count;
  double values[3];
  char tag;
};

int collatz_steps(int v) {
  int steps = 0;
  for (; v != 1 && steps < 1000; ++steps) v = v & 1 ? 3 * v + 1 : v >> 1;
  return steps;
}

int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

// Of a kernel `void (int* out)` of one thread for each element.
template <typename T, typename Expected>
std::function<void(const CorpusKernel&)> writes(Expected expected) {
  return [=](const CorpusKernel& kernel) {
    std::vector<T> out(static_cast<std::size_t>(kernel.threads()), T(-7));
    kernel(out.data());
    EXPECT_EQ(out, make<T>(kernel.threads(), expected));
  };
}

[[maybe_unused]] const bool kIndexing = add_corpus({
    {"indexing.cu", "saxpy", blocks_of(5, 64),
     [](const CorpusKernel& kernel) {
       const auto x = make<float>(301, [](int i) { return i * 0.5; });
       auto y = make<float>(301, [](int i) { return 100 - i; });
       kernel(3.0f, x.data(), y.data(), 301);
       EXPECT_EQ(y, make<float>(301, [](int i) { return 3 * (i * 0.5) + (100 - i); }));
     }},
    {"indexing.cu", "grid_stride", blocks_of(3, 50),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(1000, [](int i) { return i * 7; });
       std::vector<int> out(1000);
       kernel(in.data(), out.data(), 1000);
       EXPECT_EQ(out, make<int>(1000, [](int i) { return i * 14 + 1; }));
     }},
    {"indexing.cu",
     "places",
     {.grid = {3, 2, 2}, .block = {5, 3, 2}},
     [](const CorpusKernel& kernel) {
       std::vector<int> out(12 * 30);
       kernel(out.data());
       EXPECT_EQ(out, make<int>(12 * 30, [](int i) {
                   const int thread = i % 30, block = i / 30;
                   return thread % 5 + 10 * (thread / 5 % 3) + 100 * (thread / 15) +
                          1000 * (block % 3) + 10000 * (block / 3 % 2) + 100000 * (block / 6);
                 }));
     }},
    {"indexing.cu", "converted_indices", blocks_of(1, 40),
     writes<int>([](int i) { return i * 40 + 1 + 32; })},
    {"indexing.cu", "structure", blocks_of(1, 8),
     [](const CorpusKernel& kernel) {
       std::vector<double> out(8);
       kernel(Pair{5, {1.5, 2.5, 3.5}, 2}, out.data());
       EXPECT_EQ(out, (std::vector<double>{3.5, 4.5, 5.5, 3.5, 4.5, -1, -1, -1}));
     }},
    {"indexing.cu", "small_parameters", blocks_of(1, 2),
     [](const CorpusKernel& kernel) {
       std::vector<float> out(2);
       kernel(true, static_cast<signed char>(-3), static_cast<unsigned short>(60000), 1LL << 33,
              out.data());
       EXPECT_EQ(out[1], static_cast<float>(59997 + (1LL << 33)));
     }},
    {"indexing.cu", "vectors", blocks_of(1, 4),
     [](const CorpusKernel& kernel) {
       const std::vector<Float4> in(4, {1, 2, 3, 4});
       std::vector<Float4> out(4);
       kernel(in.data(), out.data(), Int2{1, 0}, Uchar4{10, 20, 30, 255});
       EXPECT_EQ(out, std::vector<Float4>(4, {14, 23, 32, 256}));
     }},
    {"indexing.cu", "collatz", blocks_of(4, 32),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(100, [](int i) { return i + 1; });
       std::vector<int> out(100);
       kernel(in.data(), out.data(), 100);
       EXPECT_EQ(out, make<int>(100, [](int i) { return collatz_steps(i + 1); }));
     }},
    {"indexing.cu", "choose", blocks_of(1, 33),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(33, [](int i) { return i; });
       std::vector<int> out(33, 99);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<int>(33, [](int i) {
                   const int results[] = {i + 7, i * 3 - 2, i - 2, 99, -i};
                   return results[i % 5];
                 }));
     }},
    {"indexing.cu", "local_arrays", blocks_of(1, 16),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(16, [](int i) { return i * 5; });
       std::vector<int> out(16);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<int>(16, [](int i) {
                   int sum = 0;
                   for (int k = 0; k < 8; ++k) {
                     const int at = (k * 3 + i * 5) & 7;
                     sum += (i * 5 + at * at) * k;
                   }
                   return sum;
                 }));
     }},
    {"indexing.cu", "recursive", blocks_of(1, 24),
     writes<int>([](int i) { return fibonacci(i % 12); })},
    {"indexing.cu", "function_pointers", blocks_of(1, 10),
     writes<int>([](int i) { return i & 1 ? i + 5 : i * 5; })},
    {"indexing.cu", "bounded", blocks_of(1, 64), writes<int>([](int) { return 64; })},
});

template <typename T>
void check_limits(const CorpusKernel& kernel) {
  std::vector<T> out(2);
  kernel(out.data());
  EXPECT_EQ(out[0], std::numeric_limits<T>::max());
  EXPECT_EQ(out[1], std::numeric_limits<T>::lowest());
}

[[maybe_unused]] const bool kTemplates = add_corpus({
    {"templates.cu", "scale<float, 4>", blocks_of(2, 32),
     [](const CorpusKernel& kernel) {
       auto data = make<float>(50, [](int i) { return i; });
       kernel(data.data(), 50);
       EXPECT_EQ(data, make<float>(50, [](int i) { return i * 4; }));
     }},
    {"templates.cu", "scale<int, -3>", blocks_of(2, 32),
     [](const CorpusKernel& kernel) {
       auto data = make<int>(64, [](int i) { return i; });
       kernel(data.data(), 64);
       EXPECT_EQ(data, make<int>(64, [](int i) { return i * -3; }));
     }},
    {"templates.cu", "outer::inner::store", blocks_of(1, 3), writes<int>([](int) { return 41; })},
    {"templates.cu", "outer::limits<float>", blocks_of(1, 1), check_limits<float>},
    {"templates.cu", "outer::limits<double>", blocks_of(1, 1), check_limits<double>},
    {"templates.cu", "outer::limits<unsigned long long>", blocks_of(1, 1),
     check_limits<unsigned long long>},
    {"templates.cu", "outer::limits<signed char>", blocks_of(1, 1), check_limits<signed char>},
    {"templates.cu", "static_cast<void (*)(int*)>(overloaded)", blocks_of(1, 2),
     writes<int>([](int) { return 1; })},
    {"templates.cu", "(void (*)(float*))overloaded", blocks_of(1, 2),
     writes<float>([](int) { return 2.5f; })},
    {"templates.cu", "&plain_c", blocks_of(1, 2), writes<int>([](int) { return 3; })},
    {"templates.cu", "of_this_file", blocks_of(1, 2), writes<int>([](int) { return 4; })},
    {"templates.cu", "squares<int>", blocks_of(1, 5),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(5, [](int i) { return i - 2; });
       std::vector<int> out(5);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, (std::vector<int>{4, 1, 0, 1, 4}));
     }},
    {"templates.cu", "squares<double>", blocks_of(1, 3),
     [](const CorpusKernel& kernel) {
       const std::vector<double> in = {1, 2, 3};
       std::vector<double> out(3);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, (std::vector<double>{1.5, 4.5, 9.5}));
     }},
    {"templates.cu", "lambdas", blocks_of(1, 7),
     [](const CorpusKernel& kernel) {
       std::vector<int> out(20);
       kernel(out.data(), 20, 2);
       EXPECT_EQ(out, make<int>(20, [](int i) { return 7 * i; }));
     }},
    {"templates.cu", "functors", blocks_of(1, 4),
     [](const CorpusKernel& kernel) {
       std::vector<float> out(4);
       kernel(Int2{0x40000000, 0x3f000000}, out.data());  // Polynomial(2.0f, 0.5f)
       EXPECT_EQ(out, (std::vector<float>{1.5f, 3.5f, 5.5f, 7.5f}));
     }},
    {"templates.cu", "virtual_calls", blocks_of(1, 6), writes<int>([](int i) { return i * i; })},
    {"templates.cu", "sum_of_all<int, long, float>", blocks_of(1, 1),
     [](const CorpusKernel& kernel) {
       int sum = 0;
       kernel(&sum, 1, 20L, 300.0f);
       EXPECT_EQ(sum, 321);
     }},
    {"templates.cu", "by_mode<Mode::Add>", blocks_of(1, 4),
     writes<int>([](int i) { return 10 + i; })},
    {"templates.cu", "by_mode<Mode::Subtract>", blocks_of(1, 4),
     writes<int>([](int i) { return 10 - i; })},
    {"templates.cu", "inlining", blocks_of(1, 4), writes<int>([](int i) { return i + 3; })},
    {"templates.cu", "macros", blocks_of(1, 2), writes<int>([](int) { return 7; })},
    {"templates.cu",
     "macros",
     blocks_of(1, 2),
     writes<int>([](int) { return 42; }),
     {"-DFACTOR=6", "--std=c++20", "-use_fast_math", "-I/nowhere"}},
});

}  // namespace
}  // namespace sennit::cpu
