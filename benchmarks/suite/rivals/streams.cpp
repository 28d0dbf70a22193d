// benchmarks/suite/rivals/streams.cpp: one stream, and several with events between.
#include "rivals/streams.h"

namespace suite {

using namespace sennit::cuda;

namespace {

class Serial : public Way {
 public:
  explicit Serial(const Schedule& schedule)
      : Way(schedule), stream_(schedule.gpu().create_stream()) {}

 private:
  void submit() override {
    for (const Schedule::Operation& operation : schedule_.operations()) {
      schedule_.issue(operation, stream_);
    }
  }
  void wait() override { schedule_.gpu().sync(stream_); }

  CUstream stream_;
};

class Events : public Way {
 public:
  explicit Events(const Schedule& schedule)
      : Way(schedule), streams_(schedule), ends_(schedule.ends()) {}

 private:
  void submit() override { streams_.issue(); }
  void wait() override {
    for (const Schedule::Id end : ends_) schedule_.gpu().sync(streams_.stream_of(end));
  }

  LaneStreams streams_;
  std::vector<Schedule::Id> ends_;
};

}  // namespace

LaneStreams::LaneStreams(const Schedule& schedule) : schedule_(schedule) {
  for (std::size_t i = 0; i < schedule.streams(); ++i) {
    streams_.push_back(schedule.gpu().create_stream());
  }
  for (const Schedule::Operation& operation : schedule.operations()) {
    events_.push_back(operation.is_awaited ? schedule.gpu().create_event() : nullptr);
  }
}

CUstream LaneStreams::stream_of(Schedule::Id id) const { return streams_[schedule_.stream_of(id)]; }

void LaneStreams::issue() const {
  const Gpu& gpu = schedule_.gpu();
  const Driver& driver = gpu.driver();
  const std::vector<Schedule::Operation>& operations = schedule_.operations();
  for (Schedule::Id id = 0; id < operations.size(); ++id) {
    const Schedule::Operation& operation = operations[id];
    CUstream stream = stream_of(id);
    for (const Schedule::Id parent : operation.after) {
      if (stream_of(parent) == stream) continue;  // in order anyway
      gpu.check(driver.cuStreamWaitEvent(stream, events_[parent], 0), "waiting for an event");
    }
    schedule_.issue(operation, stream);
    if (operation.is_awaited) {
      gpu.check(driver.cuEventRecord(events_[id], stream), "recording an event");
    }
  }
}

std::unique_ptr<Way> make_serial(const Schedule& schedule) {
  return std::make_unique<Serial>(schedule);
}

std::unique_ptr<Way> make_events(const Schedule& schedule) {
  return std::make_unique<Events>(schedule);
}

}  // namespace suite
