// sched/observers/trace_svg.h: a recorded run as one picture: its DAG above its timeline.
#pragma once

#include <string>
#include <vector>

#include "sched/observers/trace.h"

namespace sennit {

// A self-contained SVG document. Long runs are drawn up to their first 2,000 operations.
std::string to_svg(const std::vector<TraceRecord>& records);

}  // namespace sennit
