// benchmarks/suite/rivals/ways.h: four ways to issue a schedule.
#pragma once

#include <memory>
#include <string>

#include "rivals/schedule.h"

namespace suite {

// A schedule that can be run again and again; streams, events and graphs are made once.
class Way : public Implementation {
 public:
  explicit Way(const Schedule& schedule) : schedule_(schedule) {}
  void reset(const InputSet& set) override { schedule_.reset(set); }
  void finish(std::span<double> first) override {
    wait();
    schedule_.first_elements(first);
  }
  void read(std::size_t output, HostData& values) override { schedule_.read(output, values); }

 protected:
  virtual void wait() = 0;
  const Schedule& schedule_;
};

std::unique_ptr<Way> make_serial(const Schedule& schedule);         // one stream
std::unique_ptr<Way> make_events(const Schedule& schedule);         // lanes on streams of their own
std::unique_ptr<Way> make_graph_api(const Schedule& schedule);      // built node by node
std::unique_ptr<Way> make_graph_capture(const Schedule& schedule);  // recorded from `events`

}  // namespace suite
