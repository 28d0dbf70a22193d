// kernel/source_scanner_corpus_test.cpp: the scanner reads the whole corpus, and mutations of it.

#include "kernel/source_scanner_corpus.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "kernel/source_scanner.h"

namespace sennit {
namespace {

TEST(SourceScanner, ReadsTheSignaturesOfTheCorpus) {
  EXPECT_GE(std::size(kPrototypeCorpus), 80u);
  for (const Prototype& row : kPrototypeCorpus) {
    try {
      SourceScanner scanner(row.source, "kernel.cu", {});
      EXPECT_EQ(scanner.signature(row.name).to_string(), row.signature) << row.source;
    } catch (const Error& error) {
      ADD_FAILURE() << row.source << "\n" << error.what();
    }
  }
}

// Deterministic: the same mutants on every run.
class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : state_(seed) {}
  std::string mutate(std::string text) {
    const std::uint64_t edits = 1 + next() % 4;
    for (std::uint64_t i = 0; i < edits && !text.empty(); ++i) {
      const std::size_t at = next() % text.size();
      static constexpr std::string_view kPieces[] = {
          "(",        ")",      "{",          "}",
          "<",        ">",      "[",          "]",
          ",",        ";",      ":",          "::",
          "*",        "&",      "#",          "\"",
          "'",        "\\\n",   "\n#if 1\n",  "\n#define k k k\n",
          "/*",       "R\"(",   "template <", "struct ",
          "const ",   "= ",     "...",        "enum {",
          "typedef ", "using ", "namespace ", "extern \"C\" {",
          "\xff",     "0"};
      switch (next() % 4) {
        case 0:
          text.erase(at, 1 + next() % 8);
          break;
        case 1:
          text.insert(at, kPieces[next() % std::size(kPieces)]);
          break;
        case 2:
          text.insert(at, text.substr(next() % text.size(), next() % 40));
          break;
        default:
          text[at] = static_cast<char>(next());
          break;
      }
    }
    return text;
  }

 private:
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  std::uint64_t state_;
};

TEST(SourceScanner, SurvivesMutationsOfTheCorpus) {
  Mutator mutator(20210517);
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int round = 0; round < 100; ++round) {
    for (const Prototype& row : kPrototypeCorpus) {
      const std::string source = mutator.mutate(row.source);
      const std::string name = round % 3 == 0 ? mutator.mutate(row.name) : row.name;
      try {
        SourceScanner scanner(source, "kernel.cu", {});
        scanner.signature(name);
        ++read;
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::InvalidArgument) << source << "\n" << error.what();
        ++refused;
      }
    }
  }
  // The mutants are neither all harmless nor all rubbish.
  EXPECT_GT(read, 1000u);
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace sennit
