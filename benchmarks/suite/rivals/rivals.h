// benchmarks/suite/rivals/rivals.h: the same problems written by hand on the CUDA driver.
//
// A library of its own, since it uses sennit's internals (the driver's and the compiler's tables)
// and the programs that it stands beside use the public headers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "problem.h"

namespace suite {

// What the device cannot beat, from each operation's time when it has the device to itself.
struct Bounds {
  double critical_path_us = 0;  // the longest chain of operations that need each other
  double link_us = 0;           // all that goes over the link, in its busier direction
};

class Rivals {
 public:
  virtual ~Rivals() = default;
  // "serial", "events", "graph-api", "graph-capture"; no graphs where memory is pageable. They
  // share buffers, so they take turns.
  virtual std::vector<std::string> names() const = 0;
  virtual Implementation& implementation(const std::string& name) = 0;
  // Leaves the answers of `set` behind. Blocks.
  virtual Bounds measure_bounds(const InputSet& set, int repetitions) = 0;
};

#define SUITE_EXPORT __attribute__((visibility("default")))

// On the first CUDA device, with the kernels compiled as sennit compiles them. Throws what derives
// from std::exception.
SUITE_EXPORT std::unique_ptr<Rivals> make_rivals(const Problem& problem, Shape shape);

// Of CUDA, that the driver is for: "13.0".
SUITE_EXPORT std::string driver_version();

}  // namespace suite
