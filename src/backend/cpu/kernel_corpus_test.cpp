// backend/cpu/kernel_corpus_test.cpp: runs every case of the corpus in both modes.
#include "backend/cpu/kernel_corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "backend/cpu/compiler/compiler.h"
#include "backend/cpu/compiler/loader.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

std::vector<CorpusCase>& cases() {
  static std::vector<CorpusCase> all;
  return all;
}

std::string read_source(const std::string& file) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "testdata" / file;
  std::ifstream stream(path);
  if (!stream) throw std::runtime_error("cannot read " + path.string());
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

// The kernels of one file and set of options, compiled together and kept.
const LoadedModule& module_of(const CorpusCase& wanted) {
  static std::map<std::string, std::unique_ptr<LoadedModule>> modules;
  std::unique_ptr<LoadedModule>& module = modules[wanted.file + join(wanted.options, " ")];
  if (!module) {
    CompileRequest request;
    request.source = read_source(wanted.file);
    request.source_name = wanted.file;
    request.options = wanted.options;
    for (const CorpusCase& other : cases()) {
      if (other.file != wanted.file || other.options != wanted.options) continue;
      if (std::ranges::find(request.names, other.kernel) == request.names.end()) {
        request.names.push_back(other.kernel);
      }
    }
    module = load(compile(request));
  }
  return *module;
}

class KernelCorpus : public testing::TestWithParam<BlockRunner::Mode> {};

// One test for all cases, so that a case needs no registration beyond its row; the trace names it.
TEST_P(KernelCorpus, LeavesWhatTheReferenceComputes) {
  for (const CorpusCase& wanted : cases()) {
    const std::string where = wanted.file + ": " + wanted.kernel;
    SCOPED_TRACE(where);
    try {
      for (const CompiledKernel& kernel : module_of(wanted).kernels()) {
        if (kernel.name == wanted.kernel) {
          wanted.check(CorpusKernel(kernel, wanted.config, GetParam()));
        }
      }
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_GE(cases().size(), 60u);
}

INSTANTIATE_TEST_SUITE_P(Modes, KernelCorpus,
                         testing::Values(BlockRunner::Mode::Fastest, BlockRunner::Mode::LaneByLane),
                         [](const auto& mode) {
                           return mode.param == BlockRunner::Mode::Fastest ? "Fastest"
                                                                           : "LaneByLane";
                         });

}  // namespace

bool add_corpus(std::vector<CorpusCase> added) {
  cases().insert(cases().end(), added.begin(), added.end());
  return true;
}

void CorpusKernel::launch(std::span<const void* const> addresses,
                          std::span<const std::size_t> bytes) const {
  ASSERT_EQ(addresses.size(), kernel_.parameter_bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) ASSERT_EQ(bytes[i], kernel_.parameter_bytes[i]);
  check_launch(kernel_, config_);
  const KernelLaunch launch{&kernel_, config_, addresses.data()};
  BlockRunner runner(mode_);
  if (!config_.cooperative) {
    runner.run(launch, 0, launch.block_count());
    return;
  }
  GridPhases grid(launch);
  while (!grid.finished()) {
    runner.run_phase(launch, grid, 0, launch.block_count());
    grid.end_phase();
  }
}

}  // namespace sennit::cpu
