// benchmarks/suite/suite.cpp: runs the benchmarks: sennit and, on a CUDA device, its rivals.
//
//   suite --help           lists the options
//
// Prints a table; the ratios in it are medians of the ratios of pairs that ran one after another.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>

#include "benchmarks.h"
#include "calls.h"
#include "command_line.h"
#include "measure.h"
#include "results.h"
#include "rivals/rivals.h"
#include "table.h"
#include "traces.h"

namespace suite {
namespace {

const char* const kReplay = "sennit-replay";
const char* const kNaive = "sennit-naive";
const char* const kSerial = "sennit-serial";
const char* const kInline = "sennit-inline";

std::string kind_of(const sennit::Runtime& runtime) {
  SNT_INIT(snt_device_info, info);
  sennit::detail::check(snt_runtime_device_info(runtime.native(), 0, &info));
  return info.kind;
}

std::unique_ptr<Problem> prepare(const Benchmark& benchmark, std::int64_t size) {
  std::unique_ptr<Problem> problem = benchmark.prepare(size);
  problem->benchmark = benchmark.name;
  problem->size = size;
  return problem;
}

// One suite run: its runtimes, its table and its files.
class Run {
 public:
  explicit Run(const CommandLine& line)
      : line_(line),
        replay_(line.device),
        naive_(line.device, {{"replay", "off"}}),
        serial_(line.device, {{"serial", "true"}}),
        on_cuda_(kind_of(replay_) == "cuda"),
        results_(line.out, {replay_.device_names()[0], on_cuda_ ? driver_version() : ""},
                 line.commit) {}

  bool all() {
    table_.heading(replay_.device_names()[0]);
    for (const Benchmark& benchmark : benchmarks()) {
      if (!is_wanted(benchmark)) continue;
      for (const std::int64_t size : sizes_of(benchmark, line_)) {
        try {
          one(benchmark, size);
        } catch (const std::exception& error) {
          std::fprintf(stderr, "%s %lld: %s\n", benchmark.name, static_cast<long long>(size),
                       error.what());
          succeeded_ = false;
        }
      }
    }
    table_.means();
    return succeeded_;
  }

  // The shape in which `serial` is fastest, at the largest size of a quick run.
  void sweep() {
    for (const Benchmark& benchmark : benchmarks()) {
      if (!is_wanted(benchmark) || benchmark.kind != Kind::kApplication) continue;
      const std::int64_t size =
          line_.sizes.empty() ? benchmark.sizes[benchmark.quick - 1] : line_.sizes.front();
      const std::unique_ptr<Problem> problem = prepare(benchmark, size);
      Shape best;
      double best_us = INFINITY;
      for (const std::uint32_t threads : {32u, 128u, 256u, 1024u}) {
        for (const std::uint32_t blocks : {32u, 64u, 128u, 256u, 512u, 1024u, 2048u, 4096u}) {
          const double time_us = time_of_serial(benchmark, *problem, {blocks, threads});
          std::printf("%-5s %10lld  %5u x %4u %12.1f us\n", benchmark.name,
                      static_cast<long long>(size), blocks, threads, time_us);
          std::fflush(stdout);
          if (time_us < best_us) best = {blocks, threads}, best_us = time_us;
        }
      }
      std::printf("%-5s best: %u x %u, %.1f us\n", benchmark.name, best.blocks, best.threads,
                  best_us);
    }
  }

 private:
  bool is_wanted(const Benchmark& benchmark) const {
    if (!on_cuda_ && !benchmark.on_cpu) return false;
    return line_.wants_benchmark(benchmark.name);
  }

  double time_of_serial(const Benchmark& benchmark, const Problem& problem, Shape shape) {
    std::unique_ptr<Rivals> rivals;
    std::unique_ptr<Implementation> own;
    std::vector<Contender> contenders;
    if (on_cuda_) {
      rivals = make_rivals(problem, shape);
      contenders.push_back({.name = "serial", .implementation = &rivals->implementation("serial")});
    } else {
      own = benchmark.program(problem, serial_, shape);
      contenders.push_back({.name = kSerial, .implementation = own.get()});
    }
    measure(problem, contenders, {.least_iterations = 7, .least_of_slow = 3, .seconds = 0});
    return median(contenders[0].times_us);
  }

  void one(const Benchmark& benchmark, std::int64_t size) {
    const std::unique_ptr<Problem> problem = prepare(benchmark, size);
    const Shape shape = line_.shape.value_or(benchmark.shape);
    std::unique_ptr<Implementation> replay, naive, serial, inlined;
    std::unique_ptr<Rivals> rivals;
    std::vector<Contender> contenders;
    if (line_.wants(kReplay)) {
      replay = benchmark.program(*problem, replay_, shape);
      contenders.push_back({.name = kReplay, .implementation = replay.get()});
    }
    if (line_.wants(kNaive)) {
      naive = benchmark.program(*problem, naive_, shape);
      contenders.push_back({.name = kNaive, .implementation = naive.get()});
    }
    if (line_.wants(kSerial)) {
      serial = benchmark.program(*problem, serial_, shape);
      contenders.push_back({.name = kSerial, .implementation = serial.get()});
    }
    if (line_.asks_for(kInline)) {
      if (!inline_)
        inline_.emplace(line_.device, sennit::Runtime::Options{{"submit_thread", "never"}});
      inlined = benchmark.program(*problem, *inline_, shape);
      contenders.push_back({.name = kInline, .implementation = inlined.get()});
    }
    if (on_cuda_) {
      rivals = make_rivals(*problem, shape);
      for (const std::string& name : rivals->names()) {
        if (line_.wants(name)) {
          contenders.push_back(
              {.name = name, .implementation = &rivals->implementation(name), .is_rival = true});
        }
      }
    }
    measure(*problem, contenders, line_.effort);
    if (rivals && benchmark.kind == Kind::kApplication && line_.wants("bound")) {
      add_bounds(*problem, *rivals, contenders);
    }
    for (const Contender& contender : contenders) {
      results_.add(problem->benchmark, size, contender);
      succeeded_ &= contender.verified;
    }
    table_.row(benchmark.kind, *problem, contenders);
  }

  static void add_bounds(const Problem& problem, Rivals& rivals,
                         std::vector<Contender>& contenders) {
    const Bounds bounds = rivals.measure_bounds(problem.sets[0], 9);
    contenders.push_back({.name = "bound", .times_us = {bounds.critical_path_us}});
    contenders.push_back({.name = "bound-link", .times_us = {bounds.link_us}});
  }

  const CommandLine& line_;
  sennit::Runtime replay_, naive_, serial_;
  std::optional<sennit::Runtime> inline_;  // if it is asked for
  bool on_cuda_;
  Results results_;
  Table table_;
  bool succeeded_ = true;
};

void list() {
  for (const Benchmark& benchmark : benchmarks()) {
    std::string sizes;
    for (const std::int64_t size : benchmark.sizes) {
      sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
    }
    std::printf(
        "{\"name\": \"%s\", \"sizes\": [%s], \"quick\": %zu, \"standard\": %zu, "
        "\"shape\": [%u, %u]}\n",
        benchmark.name, sizes.c_str(), benchmark.quick, benchmark.standard, benchmark.shape.blocks,
        benchmark.shape.threads);
  }
}

}  // namespace
}  // namespace suite

int main(int count, char** words) {
  try {
    if (count == 2 && std::string(words[1]) == "--help") {
      std::puts(suite::CommandLine::usage());
      return 0;
    }
    const suite::CommandLine line = suite::CommandLine::parse(count, words);
    suite::check_benchmarks(line.benchmarks);
    if (line.list) {
      suite::list();
      return 0;
    }
    if (!line.trace.empty()) {
      suite::write_traces(line);
      return 0;
    }
    if (line.calls) {
      suite::count_calls(line);
      return 0;
    }
    suite::Run run(line);
    if (line.sweep) {
      run.sweep();
      return 0;
    }
    return run.all() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "suite: %s\n", error.what());
    return 2;
  }
}
