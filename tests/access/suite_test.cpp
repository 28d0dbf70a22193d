// access/suite_test.cpp: the kernels of the six benchmarks, without a const or a signature, are
// found to do what their full signatures say. That the programs get the same graph is tested beside
// them (benchmarks/suite/programs/graphs_test.cpp).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "backend/backend_table.h"
#include "base/error.h"
#include "base/options.h"
#include "doubles/fake_cuda_machine.h"
#include "kernel/access_narrowing.h"
#include "kernel/source_scanner.h"

namespace sennit {
namespace {

constexpr const char* kSources[] = {
    "benchmarks/suite/kernels/vec.cu",    "benchmarks/suite/kernels/bs.cu",
    "benchmarks/suite/kernels/ml.cu",     "benchmarks/suite/kernels/hits.cu",
    "examples/image_pipeline/kernels.cu", "benchmarks/suite/kernels/dl.cu",
};

std::string text_of(const std::string& file) {
  std::ifstream in(std::filesystem::path(SENNIT_SOURCE_DIR) / file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> kernels_of(const std::string& source) {
  static const std::regex kKernel(R"(__global__ void (\w+)\()");
  std::vector<std::string> names;
  for (std::sregex_iterator it(source.begin(), source.end(), kKernel), end; it != end; ++it) {
    names.push_back((*it)[1]);
  }
  return names;
}

// The full signature is what the sources say with their `const`; `backend` is shown them without.
void expect_the_full_signatures(Backend& backend) {
  std::size_t kernels = 0;
  for (const char* file : kSources) {
    const std::string full = text_of(file);
    const std::string bare = std::regex_replace(full, std::regex(R"(const (\w+\*))"), "$1");
    ASSERT_NE(full, bare) << file;
    CompileRequest request{bare, file, kernels_of(full), {}};
    const Image image = backend.compile(request, *backend.devices().front());
    for (const std::string& name : request.names) {
      const Signature signature = SourceScanner(full, file, {}).signature(name);
      const Signature declared = SourceScanner(bare, file, {}).signature(name);
      const auto code = std::find_if(image.access.begin(), image.access.end(),
                                     [&](const KernelAccess& each) { return each.kernel == name; });
      ASSERT_NE(code, image.access.end()) << name;
      EXPECT_EQ(narrowed_signature(declared, *code, DeclaredBy::Source).to_string(),
                signature.to_string());
      EXPECT_FALSE(touches_untracked(declared, *code)) << name;
      EXPECT_TRUE(code->variables.empty()) << name;
      ++kernels;
    }
  }
  EXPECT_EQ(kernels, 26u);
}

TEST(SuiteAccess, IsFoundInLlvmIr) {
  std::unique_ptr<Backend> backend;
  try {
    backend = find_backend("cpu").open({});
  } catch (const Error& error) {
    GTEST_SKIP() << error.message();
  }
  expect_the_full_signatures(*backend);
}

TEST(SuiteAccess, IsFoundInPtx) {
  const FakeCudaMachine gpus;
  const auto backend = find_backend("cuda").open(FakeCudaMachine::backend_options(true));
  try {
    backend->compiler_key();
  } catch (const Error& error) {
    GTEST_SKIP() << error.message();
  }
  expect_the_full_signatures(*backend);
}

}  // namespace
}  // namespace sennit
