// benchmarks/suite/traces.h: one iteration of each benchmark, drawn.
#pragma once

#include "command_line.h"

namespace suite {

// Runs the wanted applications at their wanted sizes on one runtime; of the iteration after the
// cold ones writes DAG and timeline to <trace folder>/<benchmark>-<size>.svg and prints how much
// of it overlapped.
void write_traces(const CommandLine& line);

}  // namespace suite
