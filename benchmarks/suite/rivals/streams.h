// benchmarks/suite/rivals/streams.h: a schedule on several streams.
#pragma once

#include <vector>

#include "rivals/ways.h"

namespace suite {

// Streams, and events for the operations that another lane waits for.
class LaneStreams {
 public:
  explicit LaneStreams(const Schedule& schedule);
  void issue() const;
  const std::vector<sennit::cuda::CUstream>& streams() const { return streams_; }
  sennit::cuda::CUstream stream_of(Schedule::Id id) const;

 private:
  const Schedule& schedule_;
  std::vector<sennit::cuda::CUstream> streams_;
  std::vector<sennit::cuda::CUevent> events_;  // by operation; nullptr: nobody waits for it
};

}  // namespace suite
