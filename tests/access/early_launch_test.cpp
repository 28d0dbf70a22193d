// access/early_launch_test.cpp: the corpus told to wait, assembled by NVIDIA's own assembler.
#include "backend/cuda/early_launch.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "access/corpus_ptx.h"
#include "backend/cuda/nvjitlink.h"
#include "backend/cuda/ptx/parser.h"
#include "backend/cuda/sass.h"
#include "base/options.h"
#include "base/text.h"

namespace sennit::access_corpus {
namespace {

const cuda::NvJitLink* find_linker() {
  const Options environment = Options::from_environment();
  return cuda::NvJitLink::find(
      {environment.nvrtc_library, environment.cuda_home, environment.nvjitlink_library}, 13000,
      nullptr);
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What is said of machine code must hold of NVIDIA's, for each kernel that was asked to wait.
TEST(EarlyLaunchCorpus, WaitsFirstInMachineCode) {
  const cuda::NvJitLink* const linker = find_linker();
  if (linker == nullptr) GTEST_SKIP() << "nvJitLink was not found";
  for (const Target& target : targets()) {
    if (std::string_view(target.name).ends_with("debugging")) continue;
    std::string why;
    std::size_t waiting_count = 0, count = 0;
    for (const CompiledFile& file : compiled_corpus(target, why)) {
      const auto waiting = cuda::with_waits(cuda::ptx::parse(file.ptx));
      ASSERT_TRUE(waiting) << file.file->name;
      std::string log;
      const std::vector<std::byte> cubin = linker->assemble(waiting->ptx, waiting->target, {}, log);
      ASSERT_FALSE(cubin.empty()) << file.file->name << ": " << log;
      for (const std::string& kernel : file.lowered) {
        const bool waits = cuda::waits_first(cubin, kernel);
        EXPECT_EQ(waits, has(waiting->kernels, kernel)) << kernel << " for " << target.name;
        waiting_count += waits ? 1 : 0;
        ++count;
      }
    }
    if (count == 0) GTEST_SKIP() << why;
    EXPECT_GE(waiting_count * 100, count * 90)
        << target.name << ": " << waiting_count << " of " << count;
  }
}

}  // namespace
}  // namespace sennit::access_corpus
