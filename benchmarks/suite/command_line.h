// benchmarks/suite/command_line.h: what a run is asked to do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure.h"

namespace suite {

enum class Reach { kSmoke, kQuick, kStandard, kFull };

struct CommandLine {
  std::string device = "auto";
  Reach reach = Reach::kStandard;
  std::vector<std::string> benchmarks;       // empty: all
  std::vector<std::int64_t> sizes;           // empty: those of `reach`
  std::vector<std::string> implementations;  // empty: all that the device has
  std::optional<Shape> shape;
  Effort effort;
  std::string out;    // a folder; empty: no files
  std::string trace;  // likewise
  std::string commit = "unknown";
  bool sweep = false, calls = false, list = false;

  static const char* usage();
  // Throws std::invalid_argument, which lists what is known.
  static CommandLine parse(int count, char** words);
  bool wants_benchmark(const std::string& name) const;
  bool wants(const std::string& implementation) const;
  bool asks_for(const std::string& implementation) const;  // by name: not part of "all"
};

}  // namespace suite
