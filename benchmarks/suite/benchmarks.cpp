#include "benchmarks.h"

#include <algorithm>
#include <stdexcept>

#include "problems/patterns.h"
#include "problems/problems.h"

namespace suite {

std::span<const Benchmark> benchmarks() {
  using enum Kind;
  constexpr std::int64_t kKi = 1 << 10, kMi = 1 << 20;
  static const std::vector<std::int64_t> bytes{4 * kKi, 64 * kKi, kMi, 16 * kMi, 256 * kMi};
  static constexpr Shape kNoShape{1, 1};
  // clang-format off
  static const Benchmark table[] = {
      // Elements.
      {"VEC", kApplication, {1 << 14, 1 << 17, 1 << 20, 20'000'000, 120'000'000, 700'000'000},
       4, 5, {1024, 256}, Vec::prepare, vec_program},
      // Options of each stock.
      {"B&S", kApplication, {1 << 12, 1 << 14, 1 << 17, 1 << 20, 12'000'000},
       4, 5, {1024, 256}, BlackScholes::prepare, black_scholes_program},
      // Rows.
      {"ML", kApplication, {2'000, 20'000, 200'000, 1'200'000},
       2, 3, {1024, 128}, Ensemble::prepare, ensemble_program},
      // Vertices.
      {"HITS", kApplication, {10'000, 100'000, 1'000'000, 20'000'000},
       2, 3, {1024, 256}, Hits::prepare, hits_program},
      // The image's side, pixels.
      {"IMG", kApplication, {256, 800, 1600, 4800, 16000},
       3, 4, {256, 256}, ImagePipeline::prepare, image_program},
      {"DL", kApplication, {300, 1000, 3000, 7000, 16000},
       3, 4, {256, 256}, DeepLearning::prepare, deep_learning_program},

      // Bursts that the device takes without a wait, and long runs.
      {"chain", kTasks, {256, 20'000}, 1, 2, kNoShape, Chain::prepare, chain_program},
      {"independent", kTasks, {256, 20'000}, 1, 2, kNoShape, Independent::prepare,
       independent_program},
      {"fork-join", kTasks, {252, 19'998}, 1, 2, kNoShape, ForkJoin::prepare, fork_join_program},
      // Of 50 us, each on an eighth of an H200's 132 multiprocessors.
      {"fork-join-busy", kTasks, {450}, 1, 1, {16, 1024}, ForkJoin::prepare_busy,
       fork_join_program, false},
      {"scalar-read", kTasks, {1}, 1, 1, kNoShape, ScalarRead::prepare, scalar_read_program},

      {"upload", kTransfer, bytes, 3, 5, kNoShape, Upload::prepare, upload_program},
      {"upload-pageable", kTransfer, bytes, 3, 5, kNoShape, Upload::prepare_pageable,
       upload_program},
      {"download", kTransfer, bytes, 3, 5, kNoShape, Download::prepare, download_program},
      {"download-pageable", kTransfer, bytes, 3, 5, kNoShape, Download::prepare_pageable,
       download_program},
  };
  // clang-format on
  return table;
}

void check_benchmarks(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::string known;
    bool found = false;
    for (const Benchmark& benchmark : benchmarks()) {
      found |= name == benchmark.name;
      known += (known.empty() ? "" : ", ") + std::string(benchmark.name);
    }
    if (!found) {
      throw std::invalid_argument("no benchmark is called '" + name + "'; known: " + known);
    }
  }
}

std::vector<std::int64_t> sizes_of(const Benchmark& benchmark, const CommandLine& line) {
  if (!line.sizes.empty()) return line.sizes;
  std::size_t count = benchmark.sizes.size();
  if (line.reach == Reach::kSmoke) count = 1;
  if (line.reach == Reach::kQuick) count = benchmark.quick;
  if (line.reach == Reach::kStandard) count = benchmark.standard;
  return {benchmark.sizes.begin(), benchmark.sizes.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                 count, benchmark.sizes.size()))};
}

}  // namespace suite
