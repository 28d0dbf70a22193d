// cuda/early_launch_test.cpp: which launches and edges are left to the kernels' own wait.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend_table.h"
#include "backend/virtual/functions.h"
#include "base/text.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::cuda {
namespace {

constexpr const char* kSource =
    "extern \"C\" __global__ void append(int* log, int id) { log[++log[0]] = id; }";

// The same kernel, as somebody's PTX.
std::string ptx(const std::string& target, const std::string& first = "") {
  return ".version 8.0\n.target " + target +
         "\n.address_size 64\n.visible .entry append(.param .u64 p, .param .u32 id)\n{\n"
         ".reg .b32 %r<3>;\n.reg .b64 %rd<4>;\n" +
         first +
         "ld.param.u64 %rd1, [p];\nld.param.u32 %r1, [id];\nld.global.u32 %r2, [%rd1];\n"
         "st.global.u32 [%rd1], %r1;\nret;\n}\n";
}

// One fake GPU, one stream, and kernels that append to one log: all in order, or it shows.
class EarlyLaunches : public testing::Test {
 protected:
  static constexpr std::size_t kLog = 64;

  void start(const fake_cuda_config& config = {}) {
    close();
    gpus_.emplace(config);
    register_function("append", [](const LaunchConfig&, void** parameters) {
      int* const log = parameter<int*>(parameters, 0);
      log[++log[0]] = parameter<int>(parameters, 1);
    });
    backend_ = find_backend("cuda").open(options);
    stream_ = device().create_stream();
    memory_ = device().allocate(kLog * sizeof(int));
    stream_->enqueue(FillCommand{memory_->address(), kLog * sizeof(int), {}, 4}, 0);
  }
  void start_other_driver(const fake_cuda_config& config) {
    options.cuda_driver = FakeCudaMachine::unopened_driver_path();
    start(config);
  }
  void close() {
    graph_.reset();
    stream_.reset();
    memory_.reset();
    modules_.clear();
    backend_.reset();
  }
  void TearDown() override {
    close();
    EXPECT_EQ(gpus_->take_misuses(), std::vector<std::string>());
    EXPECT_EQ(gpus_->leaks(), "");
  }

  Device& device() { return *backend_->devices().front(); }
  Function& load(const Image& image) {
    modules_.push_back(device().load(image));
    return modules_.back()->function("append");
  }
  Function& compiled(std::vector<std::string> compiler_options = {}) {
    return load(backend_->compile({kSource, "k.cu", {"append"}, compiler_options}, device()));
  }
  Function& adopted(const std::string& code) {
    return load(backend_->adopt_code(std::as_bytes(std::span(code.c_str(), code.size() + 1))));
  }

  LaunchCommand append(Function& function, LaunchConfig config = {}) {
    struct Parameters {
      void* log;
      int id;
    };
    const Parameters values{memory_->address(), ++launched_};
    parameters_.push_back(std::make_unique<std::vector<std::byte>>(sizeof values));
    std::memcpy(parameters_.back()->data(), &values, sizeof values);
    static constexpr std::uint32_t kOffsets[] = {0, 8};
    return {&function, config, *parameters_.back(), kOffsets};
  }
  // How many of the launches the driver was told not to hold back. The first few of a kernel, which
  // are timed, are not among them.
  std::uint64_t early(Function& function, int launches = 1, LaunchConfig config = {}) {
    const std::uint64_t before = gpus_->calls("cuLaunchKernelEx");
    for (int i = 0; i < launches; ++i) stream_->enqueue(append(function, config), 0);
    finish();
    return gpus_->calls("cuLaunchKernelEx") - before;
  }
  // Past the launches that are timed.
  Function& warm(Function& function) {
    for (int round = 0; round < 10; ++round) {
      launched_ = 0;
      early(function, 40);
      stream_->enqueue(FillCommand{memory_->address(), kLog * sizeof(int), {}, 4}, 0);
    }
    launched_ = 0;
    return function;
  }
  void finish() {
    const auto event = device().create_event();
    stream_->record(*event);
    event->sync();
  }
  // All launches so far are in the log, in order.
  void expect_order() {
    finish();
    const int* const log = static_cast<const int*>(memory_->address());  // the host's, in fact
    std::vector<int> expected;
    for (int id = 1; id <= launched_; ++id) expected.push_back(id);
    EXPECT_EQ(std::vector<int>(log + 1, log + 1 + log[0]), expected);
  }

  Graph& chain(const std::vector<Command>& commands) {
    graph_ = device().create_graph();
    std::optional<Graph::Node> last;
    for (const Command& command : commands) {
      last = last ? graph_->add(command, {{*last}}, 0) : graph_->add(command, {}, 0);
    }
    return *graph_;
  }
  std::uint64_t early_edge_calls() { return gpus_->calls("cuGraphAddDependencies"); }

  BackendOptions options = FakeCudaMachine::backend_options();
  std::optional<FakeCudaMachine> gpus_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<Allocation> memory_;
  std::unique_ptr<Graph> graph_;
  std::vector<std::unique_ptr<Module>> modules_;
  std::vector<std::unique_ptr<std::vector<std::byte>>> parameters_;
  int launched_ = 0;
};

// ---- Which kernels -----------------------------------------------------------------------------

TEST_F(EarlyLaunches, AKernelBehindAnotherIsNotHeldBackAndTheOrderIsTheSame) {
  start();
  Function& function = warm(compiled());
  EXPECT_EQ(early(function, 20), 19u);  // the first is behind the fill
  expect_order();
}

TEST_F(EarlyLaunches, AnOptionSwitchesItOff) {
  options.early_launch = false;
  start();
  EXPECT_EQ(early(warm(compiled()), 20), 0u);
  expect_order();
}

TEST_F(EarlyLaunches, TheDriverAssemblesWhereNvJitLinkIsMissing) {
  options.nvjitlink_library = "/no/such/libnvJitLink.so.13";
  start();
  EXPECT_EQ(early(warm(compiled()), 20), 19u);
  fake_cuda_config config;
  config.absent = "cuLinkCreate";
  start_other_driver(config);
  EXPECT_EQ(early(warm(compiled()), 20), 0u);
  expect_order();
}

// What is loaded counts, not what was asked for.
TEST_F(EarlyLaunches, AWaitThatTheAssemblerHasLostMakesLaunchesOrdinary) {
  options.nvjitlink_library = "/no/such/libnvJitLink.so.13";
  fake_cuda_config config;
  config.drop_waits = 1;
  start(config);
  Function& function = warm(compiled());
  EXPECT_GT(gpus_->calls("cuLinkComplete"), 0u);
  EXPECT_EQ(early(function, 20), 0u);
  chain({append(function), append(function)}).launch(*stream_);
  EXPECT_EQ(early_edge_calls(), 0u);
  expect_order();
}

TEST_F(EarlyLaunches, PtxIsToldToWaitIfItsDevicesCan) {
  start();
  EXPECT_EQ(adopted(ptx("sm_90")).info().name, "append");
  EXPECT_EQ(early(warm(adopted(ptx("sm_90"))), 20), 19u);
  EXPECT_EQ(early(warm(adopted(ptx("sm_80"))), 20), 0u);
  EXPECT_EQ(early(warm(adopted(ptx("sm_90", "griddepcontrol.launch_dependents;\n"))), 20), 19u);
}

TEST_F(EarlyLaunches, CodeForADebuggerStaysAsItIs) {
  start();
  EXPECT_EQ(early(warm(compiled({"-G"})), 20), 0u);
}

// ---- Streams -----------------------------------------------------------------------------------

TEST_F(EarlyLaunches, WhatIsBehindACopyAFillAHostCallAWaitOrAGraphIsHeldBack) {
  start();
  Function& function = warm(compiled());
  const auto event = device().create_event();
  const auto other = device().create_stream();
  other->record(*event);
  const auto second = device().allocate(64);
  EXPECT_EQ(early(function, 2), 1u);
  stream_->enqueue(CopyCommand{second->address(), memory_->address(), 8, 0, 0}, 0);
  EXPECT_EQ(early(function), 0u);
  stream_->enqueue(FillCommand{second->address(), 8, {}, 4}, 0);
  EXPECT_EQ(early(function), 0u);
  stream_->enqueue(HostCallCommand{[](void*) {}, nullptr}, 0);
  EXPECT_EQ(early(function), 0u);
  stream_->wait(*event);
  EXPECT_EQ(early(function), 0u);
  chain({append(function)}).launch(*stream_);
  EXPECT_EQ(early(function, 2), 1u);
  expect_order();
}

TEST_F(EarlyLaunches, AnEventBetweenDoesNotHoldBack) {
  start();
  Function& function = warm(compiled());
  early(function);
  const auto event = device().create_event();
  stream_->record(*event);
  EXPECT_EQ(early(function), 1u);
  expect_order();
}

TEST_F(EarlyLaunches, AKernelThatDoesNotWaitHoldsBackTheNextAndIsHeldBack) {
  start();
  Function& waits = warm(compiled());
  Function& ordinary = warm(adopted(ptx("sm_80")));
  EXPECT_EQ(early(waits, 2), 1u);
  EXPECT_EQ(early(ordinary), 0u);
  EXPECT_EQ(early(waits), 0u);
  EXPECT_EQ(early(waits), 1u);
  expect_order();
}

TEST_F(EarlyLaunches, ACooperativeLaunchIsHeldBackAndSoIsTheNext) {
  start();
  Function& function = warm(compiled());
  LaunchConfig cooperative;
  cooperative.cooperative = true;
  early(function);
  stream_->enqueue(append(function, cooperative), 0);
  EXPECT_EQ(early(function), 0u);
  expect_order();
}

TEST_F(EarlyLaunches, TimedLaunchesAreHeldBack) {
  start();
  Function& function = warm(compiled());
  device().record_timings(true);
  const std::uint64_t before = gpus_->calls("cuLaunchKernelEx");
  for (CommandTag tag = 1; tag <= 20; ++tag) stream_->enqueue(append(function), tag);
  EXPECT_EQ(gpus_->calls("cuLaunchKernelEx"), before);
  expect_order();
  device().record_timings(false);
}

// ---- Graphs ------------------------------------------------------------------------------------

TEST_F(EarlyLaunches, EdgesBetweenKernelsAreProgrammatic) {
  start();
  Function& function = compiled();
  Graph& graph = chain({append(function), append(function), append(function)});
  graph.launch(*stream_);
  EXPECT_EQ(early_edge_calls(), 2u);
  expect_order();
}

//   [a] --> [b] ----.
//   [fill other] ---+--> [c] --> [d]
TEST_F(EarlyLaunches, ANodeWithAnotherEdgeHasOrdinaryOnes) {
  start();
  Function& function = compiled();
  const auto other = device().allocate(64);
  graph_ = device().create_graph();
  const Graph::Node a = graph_->add(append(function), {}, 0);
  const Graph::Node b = graph_->add(append(function), {{a}}, 0);
  const Graph::Node fill = graph_->add(FillCommand{other->address(), 8, {}, 4}, {}, 0);
  const Graph::Node c = graph_->add(append(function), {{b, fill}}, 0);
  graph_->add(append(function), {{c}}, 0);
  graph_->launch(*stream_);
  EXPECT_EQ(early_edge_calls(), 2u);  // to b and to d
  expect_order();
}

TEST_F(EarlyLaunches, EdgesFollowTheFunctionThatANodeIsUpdatedTo) {
  start();
  Function& waits = compiled();
  Function& ordinary = adopted(ptx("sm_80"));
  Graph& graph = chain({append(waits), append(waits), append(waits)});
  graph.launch(*stream_);
  EXPECT_EQ(early_edge_calls(), 2u);
  expect_order();
  graph.update(0, append(waits), 0);
  graph.update(1, append(ordinary), 0);  // between the others: no edge is left that could be early
  graph.update(2, append(waits), 0);
  graph.launch(*stream_);
  EXPECT_EQ(early_edge_calls(), 2u);
  expect_order();
}

TEST_F(EarlyLaunches, OlderDriversHaveOrdinaryEdges) {
  fake_cuda_config config;
  config.version = 12080;
  start_other_driver(config);
  Function& function = adopted(ptx("sm_90"));
  chain({append(function), append(function)}).launch(*stream_);
  EXPECT_EQ(early_edge_calls(), 0u);
  expect_order();
}

}  // namespace
}  // namespace sennit::cuda
