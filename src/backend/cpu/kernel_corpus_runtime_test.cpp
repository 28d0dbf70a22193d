// backend/cpu/kernel_corpus_runtime_test.cpp: cases of runtime.cu.
#include <complex>

#include "backend/cpu/kernel_corpus.h"

namespace sennit::cpu {
namespace {

struct alignas(16) Record {
  float weight;
  char name[12];
};

[[maybe_unused]] const bool kRuntime = add_corpus({
    {"runtime.cu", "heap", blocks_of(1, 40),
     [](const CorpusKernel& kernel) {
       std::vector<int> out(40);
       kernel(out.data());
       EXPECT_EQ(out, make<int>(40, [](int i) { return 2 * i + 3; }));
     }},
    {"runtime.cu", "copies", blocks_of(1, 3),
     [](const CorpusKernel& kernel) {
       std::vector<Record> records(3);
       kernel(records.data());
       for (const Record& record : records) {
         EXPECT_EQ(record.weight, 1.5f);
         EXPECT_STREQ(record.name, "sennit");
       }
     }},
    {"runtime.cu", "clocks", blocks_of(1, 4),
     [](const CorpusKernel& kernel) {
       std::vector<long long> out(4);
       kernel(out.data());
       EXPECT_EQ(out, std::vector<long long>(4, 1));
     }},
    {"runtime.cu", "prints", blocks_of(1, 4),
     [](const CorpusKernel& kernel) {
       std::vector<int> out(4);
       kernel(out.data());
       EXPECT_EQ(out, std::vector<int>(4, 7));
     }},
    {"runtime.cu", "standard_library", blocks_of(1, 2),
     [](const CorpusKernel& kernel) {
       std::vector<int> out(2);
       kernel(out.data());
       EXPECT_EQ(out, std::vector<int>(2, 234));
     }},
    {"runtime.cu", "cache_hints", blocks_of(1, 10),
     [](const CorpusKernel& kernel) {
       const auto in = make<float>(10, [](int i) { return i; });
       std::vector<float> out(10);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<float>(10, [](int i) { return 3 * i; }));
     }},
    {"runtime.cu", "asynchronous_copy", blocks_of(2, 40),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(192, [](int i) { return i; });
       std::vector<int> out(192);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<int>(192, [](int i) { return i / 96 * 96 + 95 - i % 96; }));
     }},
    {"runtime.cu", "complex_numbers", blocks_of(1, 4),
     [](const CorpusKernel& kernel) {
       std::vector<std::complex<double>> z;
       std::vector<std::complex<float>> f;
       for (int i = 1; i <= 4; ++i) {
         z.emplace_back(i, -2 * i);
         f.emplace_back(static_cast<float>(i), 1.0f);
       }
       const auto before = z;
       kernel(z.data(), f.data());
       for (std::size_t i = 0; i < 4; ++i) {
         EXPECT_NEAR(std::abs(z[i] - before[i] - 5.0), 0, 1e-14);
         EXPECT_EQ(f[i], std::complex<float>(static_cast<float>((i + 1) * (i + 1) + 2), 2.0f));
       }
     }},
});

}  // namespace
}  // namespace sennit::cpu
