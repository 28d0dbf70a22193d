// runtime/replay_option_test.cpp: where work that repeats is held back to run as graphs.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "backend/virtual/virtual_backend.h"
#include "runtime/array.h"
#include "runtime/runtime.h"
#include "sched/stream_policy.h"

namespace sennit {
namespace {

// How many graphs run for the same three fills, five times.
std::uint64_t replays_with(const std::string& stream_policy) {
  Options options;
  options.stream_policy = stream_policy;
  options.replay = "always";
  options.replay_patience_us = 0;
  const auto runtime = Runtime::create(options, std::make_unique<VirtualBackend>(VirtualOptions()));
  const std::int64_t shape[] = {1000};
  const Array array = runtime->create_array(Dtype::Float32, shape);
  for (int round = 0; round < 5; ++round) {
    for (const float value : {1.0f, 2.0f, 3.0f}) array.fill(&value);
    runtime->scheduler().sync();
  }
  return runtime->scheduler().statistics().replays;
}

TEST(ReplayOption, WorkIsHeldBackWithTheAdaptiveStreamPolicyOnly) {
  for (const StreamPolicyInfo* info : stream_policies()) {
    if (info->name == "adaptive") {
      EXPECT_GT(replays_with("adaptive"), 0u);
    } else {
      EXPECT_EQ(replays_with(std::string(info->name)), 0u) << info->name;
    }
  }
}

}  // namespace
}  // namespace sennit
