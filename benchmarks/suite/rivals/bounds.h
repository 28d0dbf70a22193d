// benchmarks/suite/rivals/bounds.h: how fast a schedule could be if nothing were in its way.
#pragma once

#include "rivals/rivals.h"
#include "rivals/schedule.h"

namespace suite {

// Runs the operations one after another on one stream, with a timed event around each, and takes
// the median time of each. An operation of a microsecond or two counts for more than it takes: the
// events' own cost is in it.
Bounds measure_bounds(Schedule& schedule, const InputSet& set, int repetitions);

}  // namespace suite
