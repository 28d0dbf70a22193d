// access/fuzz_replay_test.cpp: what the fuzzer asks of every text, asked of the corpus, of the
// fuzzer's seeds and of both with parts cut, doubled and exchanged. For CI, which has no hours.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>

#include "access/corpus_ptx.h"
#include "fuzz/check_ptx.h"

namespace sennit::access_corpus {
namespace {

constexpr int kMutations = 400;  // of each seed

std::vector<std::string> seeds() {
  std::vector<std::string> texts;
  for (const auto& entry :
       std::filesystem::directory_iterator(SENNIT_SOURCE_DIR "/tests/fuzz/seeds/ptx_parser")) {
    std::ifstream stream(entry.path());
    texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return texts;
}

// Lines are what a module is made of: exchanging them makes more modules than changing bytes does.
std::string mutated(const std::string& text, std::mt19937_64& random) {
  const auto below = [&](std::size_t bound) {
    return static_cast<std::size_t>(random() % std::max<std::size_t>(bound, 1));
  };
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  for (std::size_t i = 1 + below(4); i > 0; --i) {
    std::string& line = lines[below(lines.size())];
    const std::string& other = lines[below(lines.size())];
    switch (below(5)) {
      case 0:
        line = other;
        break;
      case 1:
        line.clear();
        break;
      case 2:
        line += other;
        break;
      case 3:
        if (!line.empty()) line[below(line.size())] = static_cast<char>(0x20 + below(95));
        break;
      default:
        line = line.substr(0, below(line.size())) + other.substr(below(other.size()));
    }
  }
  std::string result;
  for (const std::string& line : lines) result += line + "\n";
  return result;
}

TEST(PtxReplay, SeedsAndWhatIsMadeOfThemHoldWhatTheFuzzerAsks) {
  std::mt19937_64 random(1);
  int modules = 0;
  const std::vector<std::string> all = seeds();
  ASSERT_GE(all.size(), 9u);
  for (const std::string& seed : all) {
    EXPECT_TRUE(fuzz::check_ptx(seed));
    for (int i = 0; i < kMutations; ++i) modules += fuzz::check_ptx(mutated(seed, random)) ? 1 : 0;
  }
  // Most of them are no PTX any more, but enough are.
  EXPECT_GT(modules, kMutations);
}

TEST(PtxReplay, TheCorpusHoldsWhatTheFuzzerAsks) {
  std::mt19937_64 random(2);
  for (const Target& target : targets()) {
    std::string why;
    const std::vector<CompiledFile>& files = compiled_corpus(target, why);
    if (files.empty()) GTEST_SKIP() << why;
    for (const CompiledFile& file : files) {
      EXPECT_TRUE(fuzz::check_ptx(file.ptx)) << file.file->name;
      for (int i = 0; i < 3; ++i) fuzz::check_ptx(mutated(file.ptx, random));
    }
  }
}

}  // namespace
}  // namespace sennit::access_corpus
