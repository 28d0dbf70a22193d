// access_agreement/ir_against_ptx_test.cpp: a kernel is said to do the same on both backends.
//
// Two analyses that share no code read what two compilers made of one source: where they differ,
// one is less exact, or a compiler has removed an access, and the list says which.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string_view>

#include "access_agreement/answers.h"
#include "access_agreement/compiled_corpus.h"
#include "base/text.h"

namespace sennit::access_corpus {
namespace {

struct Difference {
  std::string_view kernel;
  std::string_view reason;
};
constexpr Difference kDifferences[] = {
    {"function_pointer_in_memory",
     "PTX: which functions a variable points at is not followed; IR: only the module's can be"},
    {"read_and_written_on_stack", "PTX: two arrays on the stack are one to an unknown index"},
    {"struct_on_stack", "PTX: members of a struct are one to an unknown index"},
};

bool is_listed(const std::string& kernel) {
  return std::ranges::find(kDifferences, kernel, &Difference::kernel) != std::end(kDifferences);
}

class IrAgainstPtx : public ::testing::TestWithParam<Target> {};

TEST_P(IrAgainstPtx, TheAnswersAreTheSameButForWhatIsListed) {
  std::string why;
  const auto from_ptx = answers_from_ptx(GetParam(), why);
  if (from_ptx.empty()) GTEST_SKIP() << why;
  int kernels = 0, same = 0;
  for (const CorpusFile& file : read_corpus()) {
    const std::vector<const CorpusKernel*> compiled = kernels_for_cpu(file);
    if (compiled.empty()) continue;
    const Image image = compile_for_cpu(file);
    for (std::size_t i = 0; i < compiled.size(); ++i) {
      CorpusKernel kernel = *compiled[i];
      kernel.old_contents.emplace();  // compared for all
      SCOPED_TRACE(format("{}:{}: {}", file.name, kernel.line, kernel.name));
      const std::string ir = written(kernel, image.access.at(i));
      const std::string ptx = written(kernel, from_ptx.at(key_of(file, kernel)));
      ++kernels;
      same += ir == ptx ? 1 : 0;
      if (is_listed(kernel.name)) continue;
      EXPECT_EQ(ir, ptx);
    }
  }
  std::cout << same << " of " << kernels << " answers are the same\n";
  EXPECT_GE(kernels, 190);
}

std::vector<Target> optimised_targets() {
  std::vector<Target> optimised;
  for (const Target& target : targets())
    if (std::string_view(target.name).find("debug") == std::string_view::npos)
      optimised.push_back(target);
  return optimised;
}

INSTANTIATE_TEST_SUITE_P(Targets, IrAgainstPtx, ::testing::ValuesIn(optimised_targets()),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace sennit::access_corpus
