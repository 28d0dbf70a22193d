#include "traces.h"

#include <cstdio>
#include <filesystem>

#include "benchmarks.h"

namespace suite {
namespace {

void trace_one(const Benchmark& benchmark, std::int64_t size, const sennit::Runtime& runtime,
               const CommandLine& line) {
  const std::unique_ptr<Problem> problem = benchmark.prepare(size);
  const auto program = benchmark.program(*problem, runtime, line.shape.value_or(benchmark.shape));
  std::vector<double> first(problem->outputs_read_in_run());
  const auto run = [&] {
    program->submit();
    program->finish(first);
  };
  for (int iteration = 0; iteration < kColdIterations; ++iteration) {
    program->reset(problem->sets[0]);
    run();
  }
  program->reset(problem->sets[0]);
  sennit::Trace trace = runtime.trace();
  run();
  trace.stop();
  std::string name = benchmark.name;
  std::erase(name, '&');
  const std::filesystem::path path =
      std::filesystem::path(line.trace) / (name + "-" + std::to_string(size) + ".svg");
  trace.write(path);
  std::printf("%s %lld, %s\n%s\n", benchmark.name, static_cast<long long>(size), path.c_str(),
              trace.summary().c_str());
}

}  // namespace

void write_traces(const CommandLine& line) {
  std::filesystem::create_directories(line.trace);
  const sennit::Runtime runtime(line.device);
  for (const Benchmark& benchmark : benchmarks()) {
    if (benchmark.kind != Kind::kApplication || !line.wants_benchmark(benchmark.name)) continue;
    for (const std::int64_t size : sizes_of(benchmark, line)) {
      trace_one(benchmark, size, runtime, line);
    }
  }
}

}  // namespace suite
