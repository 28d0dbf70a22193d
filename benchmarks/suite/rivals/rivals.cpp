#include "rivals/rivals.h"

#include <array>
#include <iterator>
#include <stdexcept>

#include "rivals/bounds.h"
#include "rivals/schedules.h"
#include "rivals/ways.h"

namespace suite {
namespace {

template <typename P>
bool schedule_if(const Problem& problem, Shape shape, Schedule& made) {
  const auto* known = dynamic_cast<const P*>(&problem);
  if (known != nullptr) schedule(*known, shape, made);
  return known != nullptr;
}

template <typename... Problems>
void schedule_one_of(const Problem& problem, Shape shape, Schedule& made) {
  if ((schedule_if<Problems>(problem, shape, made) || ...)) return;
  throw std::logic_error("nobody has written '" + problem.benchmark + "' by hand");
}

class DriverRivals : public Rivals {
 public:
  DriverRivals(const Problem& problem, Shape shape) : schedule_(gpu_, problem) {
    schedule_one_of<Vec, BlackScholes, Ensemble, Hits, ImagePipeline, DeepLearning, Chain,
                    Independent, ForkJoin, ScalarRead, Upload, Download>(problem, shape, schedule_);
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const Maker& maker : kMakers) {
      if (maker.takes_pageable || !schedule_.has_pageable()) names.emplace_back(maker.name);
    }
    return names;
  }
  // Makes streams, events and graphs at the first call.
  Implementation& implementation(const std::string& name) override {
    for (std::size_t i = 0; i < std::size(kMakers); ++i) {
      if (name != kMakers[i].name) continue;
      if (ways_[i] == nullptr) ways_[i] = kMakers[i].make(schedule_);
      return *ways_[i];
    }
    throw std::logic_error("no rival is called '" + name + "'");
  }
  Bounds measure_bounds(const InputSet& set, int repetitions) override {
    return suite::measure_bounds(schedule_, set, repetitions);
  }

 private:
  struct Maker {
    const char* name;
    std::unique_ptr<Way> (*make)(const Schedule& schedule);
    // A graph's copies of pageable memory may bring what stood there before.
    bool takes_pageable;
  };
  static constexpr Maker kMakers[] = {{"serial", make_serial, true},
                                      {"events", make_events, true},
                                      {"graph-api", make_graph_api, false},
                                      {"graph-capture", make_graph_capture, false}};

  Gpu gpu_;
  Schedule schedule_;
  std::array<std::unique_ptr<Way>, std::size(kMakers)> ways_;
};

}  // namespace

std::unique_ptr<Rivals> make_rivals(const Problem& problem, Shape shape) {
  return std::make_unique<DriverRivals>(problem, shape);
}

std::string driver_version() {
  const int version = Gpu().driver().version;
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

}  // namespace suite
