// benchmarks/suite/calls.h: how many calls of the driver sennit makes for a task.
#pragma once

#include "command_line.h"

namespace suite {

// Runs each of the wanted task patterns at its largest size on a runtime of its own, whose driver
// counts (counting/counting_driver.h), and prints the calls for a task, by function. The pattern
// runs twice, and only the second run counts.
void count_calls(const CommandLine& line);

}  // namespace suite
