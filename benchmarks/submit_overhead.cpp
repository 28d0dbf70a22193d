// benchmarks/submit_overhead.cpp: what the runtime's own bookkeeping costs per launch.
//
//   submit_overhead                        ns per launch, every pattern
//   submit_overhead --filter chain         those whose name contains "chain"
//   submit_overhead --instructions NAME    one measured batch of one pattern, for callgrind
//   submit_overhead --launches N           how much memory N launches take: on the null machine,
//                                          and on a virtual one, which runs them
//   submit_overhead --list                 the names
//   submit_overhead --compiler             what the runtime was compiled with
//
// Launches go through Runtime::launch to a null machine, which only counts them, so nothing but
// our own work is timed: binding arguments, inferring dependencies, choosing a stream, events,
// and retiring what is done. Kernels claim 10 us each, so that the stream policy spreads them.
//
//   chain/n        each launch writes the same n arrays: it depends on the one before n times
//   forkjoin/n     n launches on one array each, then one that writes all n arrays
//   independent/n  each launch writes n arrays of its own: no dependency
//   join/n         each launch writes n arrays that n unfinished launches on as many streams have
//                  written: it depends on n others, once on each. Measured without those others,
//                  hence without retiring
//   queue/n        the same with one stream only: no dependency needs an event
//   live/n         chain/2, on one of 5 pairs among n arrays that are known to the scheduler
//   chance/n       chain/n, each launch of a random size, so that nothing repeats
//   novel/n        the same with replay: what looking for repetitions costs
//   held/n         chain/n with replay: each launch is held back and runs in a graph
//
// Exits with 1 if a launch allocates memory after the warm-up.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "backend/virtual/virtual_backend.h"
#include "base/text.h"
#include "overhead_patterns.h"
#include "resident_memory.h"

namespace sennit {
namespace {

constexpr int kWarmUpBatches = 100;
constexpr int kBatches = 300;

struct Result {
  std::string name;
  double ns = 0;  // per launch, the median over the batches
  double arguments = 0;
  double parents = 0;
  double allocations = 0;  // per launch
};

std::unique_ptr<Scenario> warmed_up(const Pattern& pattern) {
  std::unique_ptr<Scenario> scenario = pattern.make();
  for (int i = 0; i < kWarmUpBatches; ++i) {
    scenario->prepare_batch();
    scenario->submit_batch();
    scenario->sync();
  }
  return scenario;
}

Result measure(const Pattern& pattern) {
  const std::unique_ptr<Scenario> scenario = warmed_up(pattern);
  const int launches = scenario->launches_per_batch();
  Result result{pattern.name, 0, scenario->arguments_per_launch(), scenario->parents_per_launch(),
                0};
  std::vector<double> times;
  std::uint64_t allocated = 0;
  for (int i = 0; i < kBatches; ++i) {
    scenario->prepare_batch();
    const std::uint64_t before = allocations_so_far();
    const auto start = std::chrono::steady_clock::now();
    scenario->submit_batch();
    allocated += allocations_so_far() - before;
    scenario->retire_batch();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    times.push_back(time.count() / launches);
    scenario->sync();
  }
  std::nth_element(times.begin(), times.begin() + kBatches / 2, times.end());
  result.ns = times[kBatches / 2];
  result.allocations = static_cast<double>(allocated) / (double{kBatches} * launches);
  return result;
}

}  // namespace
}  // namespace sennit

// The region that callgrind collects: a name that no compiler changes or inlines.
extern "C" [[gnu::noinline]] void submit_overhead_measured_batch(void* scenario) {
  static_cast<sennit::Scenario*>(scenario)->submit_batch();
  static_cast<sennit::Scenario*>(scenario)->retire_batch();
}

namespace sennit {
namespace {

// Runs one batch for callgrind and prints how many launches it has.
int run_for_instructions(const Pattern& pattern) {
  const std::unique_ptr<Scenario> scenario = warmed_up(pattern);
  scenario->prepare_batch();
  submit_overhead_measured_batch(scenario.get());
  std::printf("%d launches\n", scenario->launches_per_batch());
  return 0;
}

// A chain of launches: those that are done leave nothing behind.
void run_long(const char* machine_name, std::unique_ptr<Backend> machine, std::uint64_t launches) {
  Scenario scenario(std::move(machine));
  scenario.add_arrays(2);
  scenario.add_launch(0, 2);
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t done = 0;
  const auto report = [&] {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::printf("%-8s %9llu launches in %6.2f s: %s resident\n", machine_name,
                static_cast<unsigned long long>(done), time.count(),
                format_bytes(resident_bytes()).c_str());
    std::fflush(stdout);
  };
  for (std::uint64_t milestone = 1000; done < launches;) {
    scenario.submit_batch();
    done += kLaunchesPerBatch;
    if (done < milestone) continue;
    report();
    milestone *= 10;
  }
  scenario.sync();
  report();
}

int run_long(std::uint64_t launches) {
  run_long("null", null_machine(), launches);
  VirtualOptions options;
  options.keep_commands = false;
  auto machine = std::make_unique<VirtualBackend>(options);
  machine->registry().add_function("k", [](const LaunchConfig&, void**) {});
  run_long("virtual", std::move(machine), launches);
  return 0;
}

void print(const Result& result) {
  std::printf("%-16s %8.0f ns  %9.2f %8.2f %12.3f\n", result.name.c_str(), result.ns,
              result.arguments, result.parents, result.allocations);
  std::fflush(stdout);
}

// In the shape of Google Benchmark's reports, so that the same tools read it.
bool write_json(const std::string& path, const std::vector<Result>& results) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return false;
  std::fprintf(file, "{\n  \"context\": {\"executable\": \"submit_overhead\"},\n");
  std::fprintf(file, "  \"benchmarks\": [");
  const char* separator = "\n";
  for (const Result& result : results) {
    std::fprintf(file,
                 "%s    {\"name\": \"%s\", \"real_time\": %.2f, \"time_unit\": \"ns\", "
                 "\"arguments\": %.3f, \"parents\": %.3f, \"allocations\": %.3f}",
                 separator, result.name.c_str(), result.ns, result.arguments, result.parents,
                 result.allocations);
    separator = ",\n";
  }
  std::fprintf(file, "\n  ]\n}\n");
  return std::fclose(file) == 0;
}

int run(const std::vector<std::string>& words) {
  const std::vector<Pattern> patterns = all_patterns();
  const std::string json = "--benchmark_out=";
  std::string json_file;
  std::string filter;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--list") {
      for (const Pattern& pattern : patterns) std::printf("%s\n", pattern.name.c_str());
      return 0;
    }
    if (words[i] == "--compiler") {
#ifdef __clang__
      std::printf("clang %d\n", __clang_major__);
#else
      std::printf("gcc %d\n", __GNUC__);
#endif
      return 0;
    }
    if (words[i] == "--instructions" && i + 1 < words.size()) {
      for (const Pattern& pattern : patterns) {
        if (pattern.name == words[i + 1]) return run_for_instructions(pattern);
      }
      std::fprintf(stderr, "no pattern is called '%s'; --list lists them\n", words[i + 1].c_str());
      return 2;
    }
    if (words[i] == "--launches" && i + 1 < words.size()) {
      return run_long(std::strtoull(words[i + 1].c_str(), nullptr, 10));
    }
    if (words[i] == "--filter" && i + 1 < words.size()) {
      filter = words[++i];
    } else if (words[i].starts_with(json)) {
      json_file = words[i].substr(json.size());
    } else if (words[i] != "--benchmark_out_format=json") {
      std::fprintf(stderr,
                   "unknown option '%s'; known: --filter, --instructions, --launches, --list, "
                   "--compiler, %sFILE\n",
                   words[i].c_str(), json.c_str());
      return 2;
    }
  }

  std::printf("%-16s %11s  %9s %8s %12s\n", "pattern", "per launch", "arguments", "parents",
              "allocations");
  std::vector<Result> results;
  bool allocated = false;
  for (const Pattern& pattern : patterns) {
    if (pattern.name.find(filter) == std::string::npos) continue;
    results.push_back(measure(pattern));
    print(results.back());
    allocated |= results.back().allocations > 0;
  }
  if (!json_file.empty() && !write_json(json_file, results)) {
    std::fprintf(stderr, "cannot write '%s'\n", json_file.c_str());
    return 2;
  }
  if (allocated) {
    std::fprintf(stderr, "a launch allocates memory after the warm-up: it must not\n");
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace sennit

int main(int argc, char** argv) { return sennit::run({argv + 1, argv + argc}); }
