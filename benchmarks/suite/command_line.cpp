#include "command_line.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace suite {
namespace {

constexpr const char* kUsage = R"(usage: suite [OPTION...]

  --device NAME            auto, cuda or cpu (auto)
  --reach WORD             smoke (the smallest size, few iterations), quick, standard or full
  --benchmarks A,B         of VEC, B&S, ML, HITS, IMG, DL, chain, independent, fork-join,
                           fork-join-busy, scalar-read, upload, upload-pageable, download,
                           download-pageable (all)
  --sizes N,N              instead of the table's
  --implementations A,B    of sennit-replay, sennit-naive, sennit-serial, serial, events,
                           graph-api, graph-capture, bound (all; on the CPU sennit's three); and
                           sennit-inline, which calls the driver on the program's own thread
  --shape BLOCKSxTHREADS   instead of the table's
  --seconds N              for each size, beyond the least number of iterations (2; quick: 0.5)
  --out FOLDER             append the results to FOLDER/<device>.jsonl
  --commit ID              noted in the results
  --sweep                  time shapes with `serial` and say which is best
  --trace FOLDER           draw one iteration of each application, and say what overlapped
  --calls                  count the calls of the driver for a task, or an iteration
  --list                   a line of JSON for each benchmark: name, sizes, shape)";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

void check_implementation(const std::string& name) {
  for (const char* known : {"sennit-replay", "sennit-naive", "sennit-serial", "sennit-inline",
                            "serial", "events", "graph-api", "graph-capture", "bound"}) {
    if (name == known) return;
  }
  throw std::invalid_argument("no implementation is called '" + name + "'\n\n" + kUsage);
}

Reach reach_of(const std::string& word) {
  if (word == "smoke") return Reach::kSmoke;
  if (word == "quick") return Reach::kQuick;
  if (word == "standard") return Reach::kStandard;
  if (word == "full") return Reach::kFull;
  throw std::invalid_argument("no reach is called '" + word + "'\n\n" + kUsage);
}

Shape shape_of(const std::string& text) {
  const std::vector<std::string> parts = split(text, 'x');
  if (parts.size() != 2) throw std::invalid_argument("a shape is like 256x128, not " + text);
  return {static_cast<std::uint32_t>(std::stoul(parts[0])),
          static_cast<std::uint32_t>(std::stoul(parts[1]))};
}

}  // namespace

const char* CommandLine::usage() { return kUsage; }

CommandLine CommandLine::parse(int count, char** words) {
  CommandLine line;
  for (int i = 1; i < count; ++i) {
    const std::string name = words[i];
    line.sweep |= name == "--sweep";
    line.calls |= name == "--calls";
    line.list |= name == "--list";
    if (name == "--sweep" || name == "--calls" || name == "--list") continue;
    if (i + 1 == count) throw std::invalid_argument(kUsage);
    const std::string value = words[++i];
    if (name == "--device") {
      line.device = value;
    } else if (name == "--reach") {
      line.reach = reach_of(value);
      if (line.reach == Reach::kQuick) line.effort.seconds = 0.5;
      if (line.reach == Reach::kSmoke) {
        line.effort = {.least_iterations = 10, .least_of_slow = 10, .seconds = 0};
      }
    } else if (name == "--benchmarks") {
      line.benchmarks = split(value, ',');
    } else if (name == "--sizes") {
      for (const std::string& size : split(value, ',')) line.sizes.push_back(std::stoll(size));
    } else if (name == "--implementations") {
      line.implementations = split(value, ',');
      for (const std::string& each : line.implementations) check_implementation(each);
    } else if (name == "--shape") {
      line.shape = shape_of(value);
    } else if (name == "--seconds") {
      line.effort.seconds = std::stod(value);
    } else if (name == "--out") {
      line.out = value;
    } else if (name == "--trace") {
      line.trace = value;
    } else if (name == "--commit") {
      line.commit = value;
    } else {
      throw std::invalid_argument(kUsage);
    }
  }
  return line;
}

bool CommandLine::wants_benchmark(const std::string& name) const {
  return benchmarks.empty() ||
         std::find(benchmarks.begin(), benchmarks.end(), name) != benchmarks.end();
}

bool CommandLine::asks_for(const std::string& implementation) const {
  return std::find(implementations.begin(), implementations.end(), implementation) !=
         implementations.end();
}

bool CommandLine::wants(const std::string& implementation) const {
  return implementations.empty() || asks_for(implementation);
}

}  // namespace suite
