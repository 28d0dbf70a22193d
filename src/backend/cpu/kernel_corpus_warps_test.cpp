// backend/cpu/kernel_corpus_warps_test.cpp: cases of warps.cu.
#include <algorithm>
#include <functional>
#include <numeric>

#include "backend/cpu/kernel_corpus.h"

namespace sennit::cpu {
namespace {

template <typename T>
void check_shuffles(const CorpusKernel& kernel) {
  const auto in = make<T>(64, [](int i) { return i * 3 + 1; });
  std::vector<T> out(6 * 64);
  kernel(in.data(), out.data());
  // The rank that thread `t` reads from, for each kind of shuffle in the kernel.
  const auto source = [](int kind, int t) {
    const int warp = t & ~31, lane = t & 31;
    switch (kind) {
      case 0:
        return warp + 5;
      case 1:
        return lane < 3 ? t : t - 3;
      case 2:
        return lane % 16 + 4 >= 16 ? t : t + 4;
      case 3:
        return warp + (lane ^ 9);
      case 4:
        return (t & ~7) + ((t + 1) & 7);
      default:
        return (lane ^ 12) > (lane | 7) ? t : warp + (lane ^ 12);
    }
  };
  EXPECT_EQ(out, make<T>(6 * 64, [&](int i) {
              return in[static_cast<std::size_t>(source(i / 64, i % 64))];
            }));
}

struct Wide {
  double x, y;
  int tag;
};

[[maybe_unused]] const bool kWarps = add_corpus({
    {"warps.cu", "shuffles<int>", blocks_of(1, 64), check_shuffles<int>},
    {"warps.cu", "shuffles<float>", blocks_of(1, 64), check_shuffles<float>},
    {"warps.cu", "shuffles<double>", blocks_of(1, 64), check_shuffles<double>},
    {"warps.cu", "shuffles<unsigned long long>", blocks_of(1, 64),
     check_shuffles<unsigned long long>},
    {"warps.cu", "warp_reduce", blocks_of(3, 96),
     [](const CorpusKernel& kernel) {
       const auto in = make<float>(2000, [](int i) { return i % 10; });
       float sum = 0;
       kernel(in.data(), &sum, 2000);
       EXPECT_EQ(sum, 9000.0f);
     }},
    {"warps.cu", "divergent_masks", blocks_of(1, 32),
     [](const CorpusKernel& kernel) {
       std::vector<int> out(32);
       kernel(out.data());
       EXPECT_EQ(out, make<int>(32, [](int i) { return (i < 16 ? i + (i ^ 1) : 40) + 1; }));
     }},
    {"warps.cu", "votes", blocks_of(1, 50),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(50, [](int i) { return i % 3 == 0 ? i + 50 : -i; });
       std::vector<unsigned> out(100);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<unsigned>(100, [&](int i) {
                   const int first = i % 50 & ~31, last = std::min(50, first + 32);
                   unsigned ballot = 0, any = 0;
                   for (int t = first; t < last; ++t) {
                     const int v = in[static_cast<std::size_t>(t)];
                     ballot |= static_cast<unsigned>(v > 0) << (t - first);
                     any |= v > 90;
                   }
                   return i < 50 ? ballot : any * 2 + 1;
                 }));
     }},
    {"warps.cu", "votes_after_leaving", blocks_of(1, 64),
     [](const CorpusKernel& kernel) {
       std::vector<unsigned> out(128);
       kernel(out.data());
       EXPECT_EQ(out, make<unsigned>(128, [](int i) {
                   const int t = i % 64;
                   if (t % 3 == 0) return 0u;
                   unsigned stayed = 0;
                   for (int lane = 0; lane < 32; ++lane) {
                     stayed |= static_cast<unsigned>(((t & ~31) + lane) % 3 != 0) << lane;
                   }
                   return i < 64 ? ~0u : stayed;
                 }));
     }},
    {"warps.cu", "votes_of_the_rest", blocks_of(1, 64),
     [](const CorpusKernel& kernel) {
       std::vector<unsigned> out(45);
       kernel(out.data(), 45);
       EXPECT_EQ(out, make<unsigned>(45, [](int i) { return i < 32 ? ~0u : (1u << 13) - 1; }));
     }},
    {"warps.cu", "matches", blocks_of(1, 32),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(32, [](int i) { return i % 5; });
       std::vector<unsigned> out(96);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<unsigned>(96, [](int i) {
                   unsigned same = 0;
                   for (int k = i % 5; k < 32; k += 5) same |= 1u << k;
                   return i < 32 ? same : i < 64 ? ~0u : 0u;
                 }));
     }},
    {"warps.cu", "warp_reductions", blocks_of(1, 64),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(64, [](int i) { return (i * 37 + 5) % 100 - 20; });
       std::vector<int> out(12), expected;
       kernel(in.data(), out.data());
       for (auto begin = in.begin(); begin != in.end(); begin += 32) {
         const auto end = begin + 32;
         expected.push_back(std::accumulate(begin, end, 0));
         expected.push_back(*std::min_element(begin, end));
         expected.push_back(*std::max_element(begin, end));
         expected.push_back(std::accumulate(begin, end, -1, std::bit_and<>()));
         expected.push_back(std::accumulate(begin, end, 0, std::bit_or<>()));
         expected.push_back(std::accumulate(begin, end, 0, std::bit_xor<>()));
       }
       EXPECT_EQ(out, expected);
     }},
    {"warps.cu", "aggregated_append", blocks_of(1, 100),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(100, [](int i) { return i; });
       std::vector<int> out(34, -1);
       int count = 0;
       kernel(in.data(), out.data(), &count);
       EXPECT_EQ(count, 34);
       std::sort(out.begin(), out.end());
       EXPECT_EQ(out, make<int>(34, [](int i) { return 3 * i; }));
     }},
    {"warps.cu", "tiles", blocks_of(1, 64),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(64, [](int i) { return (i * 29 + 3) % 67; });
       std::vector<int> out(6 * 64);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<int>(6 * 64, [&](int i) {
                   const int t = i % 64;
                   const auto tile = in.begin() + (t & ~7), half = in.begin() + (t & ~3);
                   const auto self = in.begin() + t;
                   int ballot = 0, any = 0;
                   for (int k = 0; k < 8; ++k) {
                     ballot |= (tile[k] & 1) << k;
                     any |= tile[k] > 60;
                   }
                   switch (i / 64) {
                     case 0:
                       return std::accumulate(tile, tile + 8, 0);
                     case 1:
                       return std::accumulate(tile, self + 1, 0);
                     case 2:
                       return std::accumulate(half, self, 0);
                     case 3:
                       return *std::max_element(half, half + 4);
                     case 4:
                       return ballot * 100 + t % 8 * 10 + any;
                     default:
                       return tile[3] + t / 8;
                   }
                 }));
     }},
    {"warps.cu", "wide_shuffle", blocks_of(1, 32),
     [](const CorpusKernel& kernel) {
       std::vector<Wide> data;
       for (int i = 0; i < 32; ++i) data.push_back({i * 0.5, i * 2.0, i});
       kernel(data.data());
       for (int i = 0; i < 32; ++i) {
         const Wide& got = data[static_cast<std::size_t>(i)];
         EXPECT_TRUE(got.x == (i ^ 1) * 0.5 && got.y == (i ^ 1) * 2.0 && got.tag == (i ^ 1)) << i;
       }
     }},
    {"warps.cu", "coalesced", blocks_of(1, 40),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(40, [](int i) { return i % 8; });
       std::vector<int> out(40);
       kernel(in.data(), out.data());
       // Lanes 5, 6, 7 of each eight: 12 in the first warp, 3 in the second.
       EXPECT_EQ(out, make<int>(40, [](int i) {
                   if (i % 8 <= 4) return -1;
                   return i < 32 ? 72 * 10000 + 5 * 100 + 12 : 18 * 10000 + 37 * 100 + 3;
                 }));
     }},
    {"warps.cu", "partitions", blocks_of(1, 32),
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(32, [](int i) { return i; });
       std::vector<int> out(32);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, make<int>(32, [](int i) {
                   return (i % 3 == 2 ? 10 : 11) * 1000 + i / 3 * 32 + 16;
                 }));
     }},
    {"warps.cu",
     "grid_sync",
     {.grid = {4, 1, 1}, .block = {24, 1, 1}, .cooperative = true},
     [](const CorpusKernel& kernel) {
       std::vector<int> data(96), out(96);
       kernel(data.data(), out.data());
       EXPECT_EQ(out, make<int>(96, [](int i) {
                   const int from = (95 - i + 24) % 96;
                   return from * from;
                 }));
     }},
    {"warps.cu",
     "odd_shapes",
     {.grid = {1, 1, 1}, .block = {37, 5, 1}},
     [](const CorpusKernel& kernel) {
       const auto in = make<int>(185, [](int i) { return i; });
       std::vector<int> out(185);
       kernel(in.data(), out.data());
       EXPECT_EQ(out, std::vector<int>(185, 185 * 184 / 2));
     }},
});

}  // namespace
}  // namespace sennit::cpu
