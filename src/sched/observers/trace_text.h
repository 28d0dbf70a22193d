// sched/observers/trace_text.h: a recorded run as DOT (its DAG) and as JSON (all of it).
#pragma once

#include <string>
#include <vector>

#include "sched/observers/trace.h"

namespace sennit {

// For Graphviz. Transfers that sennit added are left out: the DAG is the program's.
std::string to_dot(const std::vector<TraceRecord>& records);
// An array with one object an operation, times in µs from the first submission.
std::string to_json(const std::vector<TraceRecord>& records);

}  // namespace sennit
