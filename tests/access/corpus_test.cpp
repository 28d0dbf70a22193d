// access/corpus_test.cpp: what the analysis of PTX says of kernels whose accesses are known.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "access/corpus_ptx.h"
#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/parser.h"
#include "backend/cuda/ptx/printer.h"
#include "base/text.h"

namespace sennit::access_corpus {
namespace {

// Answers that say more than happens, with the reason. A kernel that is in here and is exact after
// all fails the test.
struct Inexact {
  const char* kernel;
  const char* target;
  const char* reason;
};
constexpr Inexact kInexact[] = {
    {"function_pointer_in_memory", "all", "which functions a variable points at is not followed"},
    {"through_table", "all", "the address of `counter` is in the module's own data"},
    {"read_and_written_on_stack", "all", "two arrays on the stack are one to an unknown index"},
    {"struct_on_stack", "all", "members of a struct are one to an unknown index"},
};

bool reads(Use use) { return use == Use::Read || use == Use::ReadWrite || use == Use::Escapes; }
bool writes(Use use) { return use == Use::Write || use == Use::ReadWrite || use == Use::Escapes; }

std::string shown(const Evidence& evidence) {
  return evidence.instruction.empty() ? "" : " '" + evidence.instruction + "' " + evidence.source;
}

// What is said of a kernel, against what is true of it.
struct Comparison {
  std::string unsound, inexact;  // empty: not so

  void compare(const CorpusKernel& truth, const KernelAccess& found) {
    if (found.parameters.size() != truth.parameters.size()) {
      unsound +=
          format("{} parameters instead of {}; ", found.parameters.size(), truth.parameters.size());
      return;
    }
    for (std::size_t i = 0; i < truth.parameters.size(); ++i) {
      compare(truth.parameters[i].first, truth.parameters[i].second, found.parameters[i]);
    }
    compare_variables(truth, found);
    if (truth.touches_untracked && !found.touches_untracked) unsound += "not untracked; ";
    if (found.touches_untracked && !truth.touches_untracked) {
      inexact += "untracked" + shown(found.untracked) + "; ";
    }
    if (truth.old_contents) compare_old_contents(truth, found);
  }

 private:
  void compare(const std::string& name, Use truth, const ParameterUse& found) {
    if (reads(truth) && !found.reads) unsound += name + " not read; ";
    if (writes(truth) && !found.writes) unsound += name + " not written; ";
    if (truth == Use::Escapes && !found.escapes) unsound += name + " does not escape; ";
    if (truth == Use::Value) {
      if (found.is_pointer) inexact += name + " is a pointer" + shown(found.read) + "; ";
      return;  // where 8 bytes may be a pointer, a number that is stored may have been one
    }
    if (found.reads && !reads(truth)) inexact += name + " read" + shown(found.read) + "; ";
    if (found.writes && !writes(truth)) inexact += name + " written" + shown(found.write) + "; ";
    if (found.escapes && truth != Use::Escapes) {
      inexact += name + " escapes" + shown(found.escape) + "; ";
    }
  }

  void compare_variables(const CorpusKernel& truth, const KernelAccess& found) {
    std::map<std::string, std::pair<bool, bool>> said;
    for (const VariableUse& use : found.variables) said[use.name] = {use.reads, use.writes};
    for (const auto& [name, use] : truth.variables) {
      const auto [is_read, is_written] = said[name];
      if (reads(use) && !is_read) unsound += name + " not read; ";
      if (writes(use) && !is_written) unsound += name + " not written; ";
      if (is_read && !reads(use)) inexact += name + " read; ";
      if (is_written && !writes(use)) inexact += name + " written; ";
      said.erase(name);
    }
    for (const auto& [name, use] : said) {
      if (use.first || use.second) inexact += "variable " + name + "; ";
    }
  }

  void compare_old_contents(const CorpusKernel& truth, const KernelAccess& found) {
    for (std::size_t i = 0; i < truth.parameters.size(); ++i) {
      const std::string& name = truth.parameters[i].first;
      const auto& wanted = *truth.old_contents;
      const bool wants = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
      if (wants && !found.parameters[i].reads_old_contents) unsound += name + " not old; ";
      if (!wants && found.parameters[i].reads_old_contents) {
        inexact += name + " old" + shown(found.parameters[i].old_contents) + "; ";
      }
    }
  }
};

const Inexact* known_inexact(const std::string& kernel, const std::string& target) {
  for (const Inexact& known : kInexact) {
    if (known.kernel == kernel && (known.target == target || known.target == std::string("all"))) {
      return &known;
    }
  }
  return nullptr;
}

class AccessCorpus : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    std::string why;
    files = &compiled_corpus(GetParam(), why);
    if (files->empty()) GTEST_SKIP() << why;
  }
  const std::vector<CompiledFile>* files = nullptr;
};

TEST_P(AccessCorpus, IsSoundAndExactButForWhatIsListed) {
  const bool is_optimised = std::string(GetParam().name).find("debug") == std::string::npos;
  std::size_t kernels = 0, exact = 0;
  for (const CompiledFile& compiled : *files) {
    std::map<std::string, KernelAccess> found;
    for (KernelAccess& access : cuda::ptx::infer_access(cuda::ptx::parse(compiled.ptx))) {
      found[access.kernel] = std::move(access);
    }
    for (std::size_t i = 0; i < compiled.lowered.size(); ++i) {
      const CorpusKernel& truth = compiled.file->kernels[i];
      SCOPED_TRACE(
          format("{}:{}: {} for {}", compiled.file->name, truth.line, truth.name, GetParam().name));
      ASSERT_TRUE(found.contains(compiled.lowered[i]));
      Comparison comparison;
      comparison.compare(truth, found[compiled.lowered[i]]);
      EXPECT_EQ(comparison.unsound, "");
      ++kernels;
      exact += comparison.inexact.empty() ? 1 : 0;
      if (!is_optimised) continue;  // nobody's case; it must be sound
      const bool is_listed = known_inexact(truth.name, GetParam().name) != nullptr;
      EXPECT_EQ(comparison.inexact.empty(), !is_listed) << comparison.inexact;
    }
  }
  EXPECT_GE(kernels, 200u);
  if (is_optimised) {
    EXPECT_GE(exact * 100, kernels * 95) << exact << " of " << kernels;
  }
  RecordProperty("kernels", static_cast<int>(kernels));
  RecordProperty("exact", static_cast<int>(exact));
  std::printf("%s: %zu of %zu kernels exact\n", GetParam().name, exact, kernels);
}

TEST_P(AccessCorpus, IsReadAgainAsItWasPrinted) {
  for (const CompiledFile& compiled : *files) {
    SCOPED_TRACE(compiled.file->name);
    const cuda::ptx::Module module = cuda::ptx::parse(compiled.ptx);
    const std::string printed = cuda::ptx::print(module);
    EXPECT_TRUE(cuda::ptx::parse(printed) == module);
    EXPECT_EQ(cuda::ptx::print(cuda::ptx::parse(printed)), printed);
  }
}

std::string target_name(const ::testing::TestParamInfo<Target>& target) {
  std::string name = target.param.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Targets, AccessCorpus, ::testing::ValuesIn(targets()), target_name);

}  // namespace
}  // namespace sennit::access_corpus
