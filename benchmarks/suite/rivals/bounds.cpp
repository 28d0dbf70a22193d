#include "rivals/bounds.h"

#include <algorithm>

namespace suite {

using namespace sennit::cuda;

namespace {

// By operation.
std::vector<double> times_alone_us(const Schedule& schedule, const InputSet& set, int repetitions) {
  Gpu& gpu = schedule.gpu();
  const Driver& driver = gpu.driver();
  const auto& operations = schedule.operations();
  CUstream stream = gpu.create_stream();
  std::vector<CUevent> points;
  for (std::size_t i = 0; i <= operations.size(); ++i) {
    points.push_back(gpu.create_event(CU_EVENT_DEFAULT));
  }
  std::vector<std::vector<double>> samples(operations.size());
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    schedule.reset(set);
    gpu.check(driver.cuEventRecord(points[0], stream), "recording an event");
    for (std::size_t i = 0; i < operations.size(); ++i) {
      schedule.issue(operations[i], stream);
      gpu.check(driver.cuEventRecord(points[i + 1], stream), "recording an event");
    }
    gpu.sync(stream);
    for (std::size_t i = 0; i < operations.size(); ++i) {
      float milliseconds = 0;
      gpu.check(driver.cuEventElapsedTime(&milliseconds, points[i], points[i + 1]),
                "reading a time");
      samples[i].push_back(milliseconds * 1e3);
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& times : samples) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    medians.push_back(*middle);
  }
  return medians;
}

}  // namespace

Bounds measure_bounds(Schedule& schedule, const InputSet& set, int repetitions) {
  const std::vector<double> alone_us = times_alone_us(schedule, set, repetitions);
  const auto& operations = schedule.operations();
  std::vector<double> done_us(operations.size());
  std::vector<double> lane_done_us(schedule.lanes());
  Bounds bounds;
  double up_us = 0, down_us = 0;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Schedule::Operation& operation = operations[i];
    double start_us = lane_done_us[operation.lane];
    for (const Schedule::Id parent : operation.after) {
      start_us = std::max(start_us, done_us[parent]);
    }
    done_us[i] = lane_done_us[operation.lane] = start_us + alone_us[i];
    bounds.critical_path_us = std::max(bounds.critical_path_us, done_us[i]);
    if (operation.kind == Schedule::Kind::kUpload) up_us += alone_us[i];
    if (operation.kind == Schedule::Kind::kDownload) down_us += alone_us[i];
  }
  bounds.link_us = std::max(up_us, down_us);
  return bounds;
}

}  // namespace suite
