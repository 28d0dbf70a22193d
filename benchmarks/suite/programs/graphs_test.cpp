// benchmarks/suite/programs/graphs_test.cpp: the six benchmarks as they are, but with kernels that
// say nothing of their arguments, get the graph that they get where every kernel says all.
//
// All is said by the `const` of the sources, on a device that looks into no code. Then they run
// without one, on devices that find it in the code. Compared are operations and what each depends
// on, of two iterations, so that the second comes behind the first.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include "benchmarks.h"
#include "fake_driver.h"

namespace suite {
namespace {

bool without_const = false;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

// In place of the one in suite_problems.
std::string kernel_source(const std::string& file) {
  const std::string full = text_of(std::filesystem::path(SENNIT_SUITE_DIR) / "kernels" / file);
  if (!without_const) return full;
  std::string bare = std::regex_replace(full, std::regex(R"(const (\w+\*))"), "$1");
  EXPECT_NE(bare, full) << file;
  return bare;
}

// Of a failing test's parameter, found by GoogleTest.
void PrintTo(const Benchmark& benchmark, std::ostream* out) { *out << benchmark.name; }

namespace {

// A line for each operation: its number, its name, and the numbers of those it depends on.
using Graph = std::vector<std::string>;

// Transfers are the device's affair: they have numbers in a trace, and none here.
Graph graph_of(const std::string& trace) {
  static const std::regex kOperation(
      R"re("id": (\d+), "kind": "(\w+)", "label": "([^"]*)".*?"parents": \[([^\]]*)\])re");
  static const std::regex kNumber(R"(\d+)");
  Graph graph;
  std::map<std::string, std::size_t> numbers;  // by the trace's
  for (std::sregex_iterator at(trace.begin(), trace.end(), kOperation), end; at != end; ++at) {
    if ((*at)[2] == "transfer") continue;
    const std::size_t number = numbers.size();
    numbers[(*at)[1]] = number;
    std::string line = std::to_string(number) + " " + (*at)[3].str() + " after";
    const std::string parents = (*at)[4];
    std::vector<std::size_t> before;
    for (std::sregex_iterator parent(parents.begin(), parents.end(), kNumber); parent != end;
         ++parent) {
      before.push_back(numbers.at(parent->str()));
    }
    std::sort(before.begin(), before.end());
    for (const std::size_t parent : before) line += " " + std::to_string(parent);
    graph.push_back(line);
  }
  return graph;
}

Graph run(const Benchmark& benchmark, const sennit::Runtime& runtime) {
  const std::unique_ptr<Problem> problem = benchmark.prepare(benchmark.sizes.front());
  const auto program = benchmark.program(*problem, runtime, {8, 32});
  program->reset(problem->sets.front());
  runtime.sync();
  sennit::Trace trace = runtime.trace();
  program->submit();
  program->submit();
  trace.stop();
  const auto path = std::filesystem::path(testing::TempDir()) /
                    ("sennit_graph_" + std::to_string(getpid()) + ".json");
  trace.write(path, "json");
  const Graph graph = graph_of(text_of(path));
  std::filesystem::remove(path);
  return graph;
}

class SuiteGraph : public testing::TestWithParam<Benchmark> {
 protected:
  ~SuiteGraph() override { without_const = false; }

  // Skipped where this machine cannot compile for the device.
  static void expect_the_full_signatures_graph(const std::string& device,
                                               const sennit::Runtime::Options& options = {}) {
    const Graph full = run(GetParam(), sennit::Runtime("null"));
    EXPECT_FALSE(full.empty());
    std::optional<sennit::Runtime> runtime;
    try {
      runtime.emplace(device, options);
      runtime->kernel("extern \"C\" __global__ void probe(int* x) { *x = 0; }", "probe");
    } catch (const sennit::Error& error) {
      if (error.code() != SNT_UNAVAILABLE) throw;
      GTEST_SKIP() << error.what();
    }
    without_const = true;
    EXPECT_EQ(run(GetParam(), *runtime), full);
  }
};

TEST_P(SuiteGraph, IsFoundInLlvmIr) { expect_the_full_signatures_graph("cpu"); }

TEST_P(SuiteGraph, IsFoundInPtx) {
  FakeDriver driver;
  expect_the_full_signatures_graph("cuda", {{"cuda_driver", SENNIT_FAKE_CUDA}, {"cache_dir", ""}});
  EXPECT_EQ(driver.take_misuse(), "");
}

std::vector<Benchmark> applications() {
  std::vector<Benchmark> found;
  for (const Benchmark& benchmark : benchmarks()) {
    if (benchmark.kind == Kind::kApplication) found.push_back(benchmark);
  }
  return found;
}

INSTANTIATE_TEST_SUITE_P(Suite, SuiteGraph, testing::ValuesIn(applications()),
                         [](const testing::TestParamInfo<Benchmark>& each) {
                           std::string name = each.param.name;
                           std::erase(name, '&');
                           return name;
                         });

}  // namespace
}  // namespace suite
