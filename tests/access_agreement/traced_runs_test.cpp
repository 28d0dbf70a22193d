// access_agreement/traced_runs_test.cpp: nothing that a kernel really touches as it runs is missing
// in what was inferred from its code.
#include "access_agreement/traced_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <utility>

#include "access_agreement/compiled_corpus.h"
#include "access_agreement/random_kernels.h"
#include "base/text.h"

namespace sennit::access_corpus {
namespace {

constexpr int kSizes[] = {1, 7, 16, 48};
constexpr std::uint64_t kSeeds = 4;

// What was touched although the answer does not say so; empty if all was said.
std::string missing(const CorpusKernel& kernel, const KernelAccess& answer, const Trace& trace) {
  for (std::size_t i = 0; i < trace.parameters.size(); ++i) {
    const Touched& touched = trace.parameters[i];
    const ParameterUse& use = answer.parameters.at(i);
    if (touched.read && !use.reads) return kernel.parameters.at(i).first + " is read";
    if (touched.written && !use.writes) return kernel.parameters.at(i).first + " is written";
  }
  for (const auto& [name, touched] : trace.variables) {
    const auto use = std::ranges::find(answer.variables, name, &VariableUse::name);
    const bool listed = use != answer.variables.end();
    if (touched.read && !(listed && use->reads)) return name + " is read";
    if (touched.written && !(listed && use->writes)) return name + " is written";
  }
  return "";
}

// Every use that was inferred was seen in some run.
bool is_all_seen(const KernelAccess& answer, const Trace& trace) {
  for (std::size_t i = 0; i < trace.parameters.size(); ++i) {
    const ParameterUse& use = answer.parameters[i];
    if (use.escapes) continue;  // it may be touched by others
    if (use.reads != trace.parameters[i].read || use.writes != trace.parameters[i].written)
      return false;
  }
  return true;
}

// The answers of every analysis that is here, by name.
using Answers = std::map<std::string, std::map<std::string, KernelAccess>>;

Answers answers_from_all_ptx() {
  Answers answers;
  std::string why;
  for (const Target& target : targets())
    if (auto found = answers_from_ptx(target, why); !found.empty())
      answers[target.name] = std::move(found);
  if (answers.empty()) std::cout << "only the IR's answers are looked at: " << why << "\n";
  return answers;
}

TEST(TracedRuns, TouchNothingThatWasNotInferred) {
  const Answers from_ptx = answers_from_all_ptx();
  int run = 0, all_seen = 0, runs = 0;
  std::vector<std::string> not_run;
  for (const CorpusFile& file : read_corpus()) {
    const std::vector<const CorpusKernel*> kernels = kernels_for_cpu(file);
    if (kernels.empty()) continue;
    TracedFile traced(file);
    const Image image = compile_for_cpu(file);
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      const CorpusKernel& kernel = *kernels[i];
      if (const std::string reason = traced.reason_not_to_run(kernel); !reason.empty()) {
        not_run.push_back(format("{}: {}", kernel.name, reason));
        continue;
      }
      Trace trace;
      for (const int size : kSizes) {
        for (std::uint64_t seed = 0; seed < kSeeds; ++seed, ++runs)
          traced.run(i, size, seed, trace);
      }
      ++run;
      ASSERT_EQ(trace.out_of_bounds, "") << "the test's data do not fit the kernel";
      EXPECT_EQ(missing(kernel, image.access[i], trace), "") << file.name << ":" << kernel.line;
      for (const auto& [target, answers] : from_ptx)
        EXPECT_EQ(missing(kernel, answers.at(key_of(file, kernel)), trace), "")
            << file.name << ":" << kernel.line << " for " << target;
      if (is_all_seen(image.access[i], trace)) {
        ++all_seen;
      } else {
        std::cout << file.name << ":" << kernel.line << ": " << kernel.name
                  << " did not show all that was inferred\n";
      }
    }
  }
  std::cout << run << " kernels ran, " << runs << " times; " << all_seen
            << " showed all that was inferred. Not run:\n  " << join(not_run, "\n  ") << "\n";
  EXPECT_GT(run, 150);
}

TEST(TracedRuns, OfRandomKernelsTouchNothingThatWasNotInferred) {
  constexpr int kFiles = 8, kKernels = 10;
  int all_seen = 0;
  for (std::uint64_t seed = 0; seed < kFiles; ++seed) {
    const CorpusFile file = random_file(seed, kKernels);
    TracedFile traced(file);
    const Image image = compile_for_cpu(file);
    for (std::size_t i = 0; i < kKernels; ++i) {
      Trace trace;
      for (const int size : kSizes) traced.run(i, size, seed, trace);
      ASSERT_EQ(trace.out_of_bounds, "") << file.source;
      ASSERT_EQ(missing(file.kernels[i], image.access[i], trace), "")
          << file.kernels[i].name << " of\n"
          << file.source;
      EXPECT_FALSE(image.access[i].touches_untracked) << image.access[i].untracked.instruction;
      all_seen += is_all_seen(image.access[i], trace) ? 1 : 0;
    }
  }
  std::cout << all_seen << " of " << kFiles * kKernels << " showed all that was inferred\n";
}

}  // namespace
}  // namespace sennit::access_corpus
