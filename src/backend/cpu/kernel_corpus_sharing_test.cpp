// backend/cpu/kernel_corpus_sharing_test.cpp: cases of sharing.cu.
#include <numeric>

#include "backend/cpu/kernel_corpus.h"

namespace sennit::cpu {
namespace {

template <typename T>
void check_reduce(const CorpusKernel& kernel) {
  const auto in = make<T>(1000, [](int i) { return i % 17; });
  T sum = 0;
  kernel(in.data(), &sum, 1000);
  EXPECT_EQ(sum, std::accumulate(in.begin(), in.end(), T(0)));
}

[[maybe_unused]] const bool kSharing = add_corpus({
    {"sharing.cu", "reduce<int, 256>", blocks_of(4, 256), check_reduce<int>},
    {"sharing.cu", "reduce<double, 32>", blocks_of(32, 32), check_reduce<double>},
    {"sharing.cu", "reduce<float, 128>", blocks_of(8, 128), check_reduce<float>},
    {"sharing.cu", "reverse_dynamic", blocks_of(3, 50, 50 * 4),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(150, [](int i) { return i; });
       std::vector<int> out(150);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<int>(150, [](int i) { return i / 50 * 50 + 49 - i % 50; }));
     }},
    {"sharing.cu", "two_dynamic_arrays", blocks_of(1, 20, 20 * 12),
     [](const CorpusKernel& kernel) {
       std::vector<double> out(20);
       kernel(out.data());
       EXPECT_EQ(out, make<double>(20, [](int i) { return (i + 1) % 20 * 3.5; }));
     }},
    {"sharing.cu", "leave_before_barrier", blocks_of(3, 128),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(300, [](int i) { return i; });
       std::vector<int> out(300);
       kernel(in.data(), out.data(), 300);
       EXPECT_EQ(out, make<int>(300, [](int i) {
                   const int base = i / 128 * 128;
                   return base + std::min(128, 300 - base) - 1 - i % 128;
                 }));
     }},
    {"sharing.cu", "barrier_in_function", blocks_of(1, 96),
     [](const CorpusKernel& kernel) {
       auto data = make<int>(96, [](int i) { return i; });
       kernel(data.data(), 5);
       EXPECT_EQ(data, make<int>(96, [](int i) { return (i + 5) % 96; }));
     }},
    {"sharing.cu", "scan", blocks_of(1, 200),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(200, [](int i) { return i % 9 - 3; });
       std::vector<int> out(200), expected(200);
       kernel(in.data(), out.data());
       std::partial_sum(in.begin(), in.end(), expected.begin());
       EXPECT_EQ(out, expected);
     }},
    {"sharing.cu",
     "transpose",
     {.grid = {3, 2, 1}, .block = {8, 8, 1}},
     [](const CorpusKernel& kernel) {
       const auto in = make<float>(21 * 13, [](int i) { return i; });
       std::vector<float> out(21 * 13);
       kernel(in.data(), out.data(), 21, 13);
       EXPECT_EQ(out, make<float>(21 * 13, [](int i) { return i % 13 * 21 + i / 13; }));
     }},
    {"sharing.cu", "histogram", blocks_of(4, 100),
     [](const CorpusKernel& kernel) {
       const auto in = make<unsigned char>(5000, [](int i) { return i * i % 251; });
       std::vector<int> out(256), expected(256);
       kernel(in.data(), out.data(), 5000);
       for (unsigned char byte : in) ++expected[byte];
       EXPECT_EQ(out, expected);
     }},
    {"sharing.cu", "block_votes", blocks_of(1, 45),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(45, [](int i) { return i; });
       std::vector<int> out(45, -1);
       kernel(in.data(), out.data());
       int count = 0;
       for (int i = 0; i < 45; ++i) count += i % 7 != 6 && i > 10;
       EXPECT_EQ(out, make<int>(45, [=](int i) { return i % 7 == 6 ? -1 : count * 1000 + 110; }));
     }},
    {"sharing.cu", "barriers_in_both_arms", blocks_of(1, 40),
     [](const CorpusKernel& kernel) {
       std::vector<int> out(40);
       kernel(out.data());
       EXPECT_EQ(out, std::vector<int>(40, 2020));
     }},
    {"sharing.cu", "integer_atomics", blocks_of(3, 40),
     [](const CorpusKernel& kernel) {
       std::vector<int> i(4);
       std::vector<unsigned> u = {~0u, 0, 0, 0, 0, 0};
       std::vector<unsigned long long> w(3);
       long long s = 0;
       kernel(i.data(), u.data(), w.data(), &s);
       EXPECT_EQ(i, (std::vector<int>{119 * 120 / 2, -240, -69, 119}));
       unsigned parity = 0;
       for (int t = 0; t < 120; ++t) parity ^= 1u << (t & 31);
       EXPECT_EQ(u, (std::vector<unsigned>{0, ~0u, parity, 0, 0, 4000000119u}));
       EXPECT_EQ(w, (std::vector<unsigned long long>{120ull << 33, 119ull << 40, ~0ull}));
       EXPECT_EQ(s, -119);
     }},
    {"sharing.cu", "real_atomics", blocks_of(5, 20),
     [](const CorpusKernel& kernel) {
       std::vector<float> f(2);
       std::vector<double> d(2);
       kernel(f.data(), d.data());
       EXPECT_EQ(f, (std::vector<float>{50, 3}));
       EXPECT_EQ(d, (std::vector<double>{25, 200}));
     }},
    {"sharing.cu", "compare_and_swap", blocks_of(2, 50),
     [](const CorpusKernel& kernel) {
       double largest = -1;
       std::vector<unsigned short> small = {7, 9};
       kernel(&largest, small.data());
       EXPECT_EQ(largest, 99 * 1.5);
       EXPECT_EQ(small, (std::vector<unsigned short>{70, 9}));
     }},
    {"sharing.cu", "module_variables", blocks_of(1, 4),
     [](const CorpusKernel& kernel) {
       // The variables keep their values: each mode adds 10 once more.
       std::vector<float> out(4);
       kernel(out.data());
       const float counter = out[0] - 9.5f;
       EXPECT_EQ(static_cast<int>(counter) % 10, 5);
       EXPECT_EQ(out,
                 make<float>(4, [=](int i) { return counter + 9.5f + static_cast<float>(i); }));
     }},
    {"sharing.cu", "last_block", blocks_of(6, 32),
     [](const CorpusKernel& kernel) {
       std::vector<int> parts(6);
       int sum = 0;
       kernel(parts.data(), &sum);
       EXPECT_EQ(sum, 21);
     }},
});

}  // namespace
}  // namespace sennit::cpu
