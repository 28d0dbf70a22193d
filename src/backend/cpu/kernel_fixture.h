// backend/cpu/kernel_fixture.h: CUDA C++ compiled, loaded and run on the test's own thread.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/block_runner.h"
#include "backend/cpu/compiler/compiler.h"
#include "backend/cpu/compiler/loader.h"
#include "base/error.h"

namespace sennit::cpu {

inline CompileRequest request(std::string source, std::vector<std::string> names) {
  CompileRequest request;
  request.source = std::move(source);
  request.names = std::move(names);
  return request;
}

// One kernel of a source, ready to run. Blocks run in order.
class TestKernel {
 public:
  TestKernel(const std::string& source, const std::string& name, const CompileTuning& tuning = {},
             BlockRunner::Mode mode = BlockRunner::Mode::Fastest)
      : module_(load(compile(request(source, {name}), tuning))), runner_(mode) {}

  const CompiledKernel& info() const { return module_->kernels()[0]; }
  const LoadedModule& module() const { return *module_; }

  template <typename... Arguments>
  void operator()(const LaunchConfig& config, Arguments... arguments) {
    const std::array<const void*, sizeof...(Arguments) + 1> addresses{&arguments..., nullptr};
    const KernelLaunch launch{&info(), config, addresses.data()};
    check_launch(info(), config);
    if (!info().uses_grid_sync) return runner_.run(launch, 0, launch.block_count());
    for (GridPhases grid(launch); !grid.finished(); grid.end_phase())
      runner_.run_phase(launch, grid, 0, launch.block_count());
  }

 private:
  std::unique_ptr<LoadedModule> module_;
  BlockRunner runner_;
};

// Every answer must be the same whichever way the kernel was compiled and is driven.
struct Variant {
  const char* name;
  CompileTuning tuning;
  BlockRunner::Mode mode;
};

inline const std::vector<Variant>& variants() {
  static const CompileTuning plain{.pseudo_barriers = false,
                                   .induction_split = false,
                                   .edge_guards = false,
                                   .range_clipping = false,
                                   .shared_atomics = false,
                                   .rematerialisation = false,
                                   .vectorisation = false};
  static const std::vector<Variant> all = {
      {"Refined", {}, BlockRunner::Mode::Fastest},
      {"LaneByLane", {}, BlockRunner::Mode::LaneByLane},
      {"Plain", plain, BlockRunner::Mode::Fastest},
  };
  return all;
}

inline std::string name_of_variant(const testing::TestParamInfo<Variant>& variant) {
  return variant.param.name;
}

// The message of the Error that `action` raises; "" and a test failure if it raises none or
// another code.
template <typename Action>
std::string message_of(ErrorCode code, Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.message();
    return error.message();
  }
  ADD_FAILURE() << "nothing was raised";
  return "";
}

// True if `text` contains `part`; a failing EXPECT shows both.
inline testing::AssertionResult has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << part << "' is not in '" << text << "'";
}

}  // namespace sennit::cpu
