// benchmarks/suite/rivals/rivals_test.cpp: what is placed by hand is placed rightly: over a driver
// that finds two operations on the same bytes which nothing orders (tests/doubles/fake_cuda).
//
// Its kernels compute nothing, so answers are not looked at.
#include "rivals/rivals.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "counting/counting_driver.h"
#include "fake_driver.h"
#include "problems/patterns.h"
#include "problems/problems.h"

namespace suite {
namespace {

// The rivals open the driver by the options of the environment.
FakeDriver open_driver(const char* driver = SENNIT_FAKE_CUDA) {
  setenv("SENNIT_CUDA_DRIVER", driver, 1);
  setenv("SENNIT_NVRTC_LIBRARY", SENNIT_FAKE_NVRTC, 1);
  return {};
}

struct Case {
  const char* name;
  std::unique_ptr<Problem> (*prepare)(std::int64_t size);
  std::int64_t size;
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class RivalsTest : public testing::TestWithParam<Case> {};

TEST_P(RivalsTest, OrderWhatNeedsOrder) {
  FakeDriver driver = open_driver();
  const std::unique_ptr<Problem> problem = GetParam().prepare(GetParam().size);
  problem->benchmark = GetParam().name;
  std::vector<double> first(problem->outputs_read_in_run());
  {
    const std::unique_ptr<Rivals> rivals = make_rivals(*problem, {8, 32});
    for (const std::string& name : rivals->names()) {
      Implementation& rival = rivals->implementation(name);
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        driver.seed(seed);
        rival.reset(problem->sets[0]);
        rival.submit();
        rival.finish(first);
        EXPECT_EQ(driver.take_misuse(), "") << name;
      }
    }
    const Bounds bounds = rivals->measure_bounds(problem->sets[0], 1);
    EXPECT_GE(bounds.critical_path_us, 0);
    EXPECT_EQ(driver.take_misuse(), "");
  }
  for (const char* kind :
       {"stream", "event", "module", "graph", "executable", "pool", "allocation", "pinned"}) {
    EXPECT_EQ(driver.live(kind), 0u) << kind;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Suite, RivalsTest,
    testing::Values(
        Case{"VEC", Vec::prepare, 100}, Case{"BlackScholes", BlackScholes::prepare, 100},
        Case{"ML", Ensemble::prepare, 100}, Case{"HITS", Hits::prepare, 100},
        Case{"IMG", ImagePipeline::prepare, 16}, Case{"DL", DeepLearning::prepare, 40},
        Case{"chain", Chain::prepare, 20}, Case{"independent", Independent::prepare, 200},
        Case{"fork_join", ForkJoin::prepare, 45},
        Case{"fork_join_busy", ForkJoin::prepare_busy, 45},
        Case{"scalar_read", ScalarRead::prepare, 1}, Case{"upload", Upload::prepare, 4096},
        Case{"upload_pageable", Upload::prepare_pageable, 4096},
        Case{"download", Download::prepare, 4096},
        Case{"download_pageable", Download::prepare_pageable, 4096}),
    [](const testing::TestParamInfo<Case>& each) { return each.param.name; });

// The driver's calls go through libcounting_driver.so.
TEST(CountingDriver, CountsEachCallAndPassesItOn) {
  setenv("SENNIT_COUNTED_DRIVER", SENNIT_FAKE_CUDA, 1);
  FakeDriver driver = open_driver(SENNIT_COUNTING_DRIVER);
  void* library = dlopen(SENNIT_COUNTING_DRIVER, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
  const auto name =
      reinterpret_cast<decltype(&counting_driver_name)>(dlsym(library, "counting_driver_name"));
  const auto calls =
      reinterpret_cast<decltype(&counting_driver_calls)>(dlsym(library, "counting_driver_calls"));
  std::size_t launch = 0;
  while (std::string(name(launch)) != "cuLaunchKernel") ++launch;

  const std::unique_ptr<Problem> problem = Chain::prepare(20);
  const std::unique_ptr<Rivals> rivals = make_rivals(*problem, {1, 1});
  Implementation& serial = rivals->implementation("serial");
  serial.reset(problem->sets[0]);
  const std::uint64_t before = calls(launch);  // a capture launches too
  serial.submit();
  EXPECT_EQ(calls(launch) - before, 20u);
  double first = 0;
  serial.finish({&first, 1});
  EXPECT_EQ(driver.take_misuse(), "");
}

}  // namespace
}  // namespace suite
