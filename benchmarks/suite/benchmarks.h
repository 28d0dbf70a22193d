// benchmarks/suite/benchmarks.h: the table of benchmarks: sizes, shape, who prepares and who runs.
#pragma once

#include <span>

#include "command_line.h"
#include "problem.h"
#include "programs/programs.h"

namespace suite {

enum class Kind {
  kApplication,  // the six
  kTasks,        // many tiny kernels: the size is their number
  kTransfer,     // the size is in bytes
};

struct Benchmark {
  const char* name;
  Kind kind;
  std::vector<std::int64_t> sizes;  // ascending
  std::size_t quick, standard;      // how many of them a quick and a standard run take
  Shape shape;                      // chosen by `suite --sweep`
  std::unique_ptr<Problem> (*prepare)(std::int64_t size);
  Program* program;
  bool on_cpu = true;  // false: makes no sense there
};

std::span<const Benchmark> benchmarks();

// Throws std::invalid_argument, which lists the known, if one of the names is of no benchmark.
void check_benchmarks(const std::vector<std::string>& names);

// Those that a run is asked for.
std::vector<std::int64_t> sizes_of(const Benchmark& benchmark, const CommandLine& line);

}  // namespace suite
