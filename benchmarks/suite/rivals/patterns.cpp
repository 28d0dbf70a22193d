// benchmarks/suite/rivals/patterns.cpp: graphs of tiny kernels and single transfers, by hand.
#include "rivals/schedules.h"

namespace suite {
namespace {

constexpr std::size_t kStreams = 8;  // more of them launch no faster
const Grid kOneThread{};

}  // namespace

void schedule(const Chain& problem, Shape, Schedule& schedule) {
  const auto touch = schedule.function("overhead.cu", "touch");
  const DeviceBuffer value = schedule.scratch<float>(1);
  schedule.output(0, value);
  schedule.set_before(value, 0);
  for (std::int64_t i = 0; i < problem.tasks; ++i) {
    schedule.launch(0, touch, kOneThread, {}, value);
  }
  schedule.download_first(0, 0);
}

void schedule(const Independent& problem, Shape, Schedule& schedule) {
  const auto touch = schedule.function("overhead.cu", "touch");
  schedule.share_streams(kStreams);
  for (std::size_t chain = 0; chain < Independent::kChains; ++chain) {
    schedule.output(chain, schedule.scratch<float>(1));
    schedule.set_before(schedule.output(chain), 0);
  }
  for (std::size_t i = 0; i < problem.tasks; ++i) {
    const std::size_t chain = i % Independent::kChains;
    schedule.launch(chain, touch, kOneThread, {}, schedule.output(chain));
  }
}

void schedule(const ForkJoin& problem, Shape shape, Schedule& schedule) {
  const bool busy = problem.busy_clocks > 0;
  const auto fork = schedule.function("overhead.cu", busy ? "fork_busy" : "fork");
  const auto join = schedule.function("overhead.cu", "join");
  const DeviceBuffer value = schedule.scratch<float>(1);
  std::array<DeviceBuffer, ForkJoin::kWidth> branch;
  for (DeviceBuffer& buffer : branch) buffer = schedule.scratch<float>(1);
  schedule.output(0, value);
  schedule.set_before(value, 0);

  Schedule::After joined;
  for (std::int64_t round = 0; round < problem.rounds; ++round) {
    Schedule::After forked;
    for (std::size_t lane = 0; lane < branch.size(); ++lane) {
      const Schedule::After after = lane == 0 ? Schedule::After{} : joined;
      const auto id = busy ? schedule.launch(lane, fork, linear(shape), after, value, branch[lane],
                                             problem.busy_clocks)
                           : schedule.launch(lane, fork, kOneThread, after, value, branch[lane]);
      if (lane != 0) forked.push_back(id);
    }
    joined = {schedule.launch(0, join, kOneThread, forked, value, branch[0], branch[1], branch[2],
                              branch[3], branch[4], branch[5], branch[6], branch[7])};
  }
  schedule.download_first(0, 0);
}

void schedule(const ScalarRead&, Shape, Schedule& schedule) {
  const DeviceBuffer value = schedule.constant(ScalarRead::kValue);
  const DeviceBuffer result = schedule.scratch<float>(1);
  schedule.output(0, result);
  schedule.set_before(result, 0xff);
  schedule.launch(0, schedule.function("overhead.cu", "put"), kOneThread, {}, value, result);
  schedule.download_first(0, 0);
}

void schedule(const Upload& problem, Shape, Schedule& schedule) {
  if (problem.pageable) schedule.make_pageable(Upload::kValues);
  const DeviceBuffer result = schedule.scratch<float>(1);
  schedule.output(0, result);
  schedule.upload(0, Upload::kValues);
  schedule.launch(0, schedule.function("overhead.cu", "put"), kOneThread, {},
                  schedule.input(Upload::kValues), result);
  schedule.download_first(0, 0);
}

void schedule(const Download& problem, Shape, Schedule& schedule) {
  const DeviceBuffer result = schedule.scratch<float>(problem.outputs[0].count);
  schedule.output(0, result);
  schedule.upload(0, Download::kValue);
  schedule.launch(0, schedule.function("overhead.cu", "put"), kOneThread, {},
                  schedule.input(Download::kValue), result);
  if (problem.pageable) {
    schedule.download_pageable(0, 0);
  } else {
    schedule.download_pinned(0, 0);
  }
}

}  // namespace suite
