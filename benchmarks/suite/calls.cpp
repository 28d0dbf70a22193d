#include "calls.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "benchmarks.h"
#include "counting/counting_driver.h"

namespace suite {
namespace {

// The library beside this program.
class CountingDriver {
 public:
  CountingDriver()
      : path_(std::filesystem::read_symlink("/proc/self/exe").parent_path() /
              "libcounting_driver.so"),
        library_(dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) throw std::runtime_error(dlerror());
    name_ = function<decltype(counting_driver_name)>("counting_driver_name");
    calls_ = function<decltype(counting_driver_calls)>("counting_driver_calls");
  }

  std::string path() const { return path_; }
  const char* name(std::size_t function) const { return name_(function); }
  std::vector<std::uint64_t> calls() const {
    std::vector<std::uint64_t> counts;
    while (name_(counts.size()) != nullptr) counts.push_back(calls_(counts.size()));
    return counts;
  }

 private:
  template <typename Function>
  Function* function(const char* name) {
    return reinterpret_cast<Function*>(dlsym(library_, name));
  }

  std::filesystem::path path_;
  void* library_;
  decltype(counting_driver_name)* name_ = nullptr;
  decltype(counting_driver_calls)* calls_ = nullptr;
};

void print_counts(const CountingDriver& driver, const std::vector<std::uint64_t>& before,
                  const std::vector<std::uint64_t>& after, std::int64_t tasks) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < after.size(); ++i) all += after[i] - before[i];
  std::printf("  %.4f calls:", static_cast<double>(all) / static_cast<double>(tasks));
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i] == before[i]) continue;
    std::printf(" %s %.4f", driver.name(i),
                static_cast<double>(after[i] - before[i]) / static_cast<double>(tasks));
  }
  std::printf("\n");
}

}  // namespace

void count_calls(const CommandLine& line) {
  const CountingDriver driver;
  const sennit::Runtime runtime("cuda", {{"cuda_driver", driver.path()}});
  for (const Benchmark& benchmark : benchmarks()) {
    if (!line.wants_benchmark(benchmark.name)) continue;
    // Of patterns the calls for a task of many; of all else those for an iteration of the smallest.
    const bool is_pattern = benchmark.kind == Kind::kTasks;
    const std::int64_t size =
        is_pattern ? benchmark.sizes.back() : sizes_of(benchmark, line).front();
    const std::unique_ptr<Problem> problem = benchmark.prepare(size);
    const auto program = benchmark.program(*problem, runtime, benchmark.shape);
    std::vector<double> first(problem->outputs_read_in_run());
    std::vector<std::uint64_t> before, submitted, after;
    // The last one counts, when the runtime has learnt what there is to learn.
    const int runs = is_pattern ? 2 : 20;
    for (int run = 0; run < runs; ++run) {
      program->reset(problem->sets[0]);
      runtime.sync();
      before = driver.calls();
      program->submit();
      submitted = driver.calls();
      program->finish(first);
      after = driver.calls();
    }
    const std::int64_t tasks = is_pattern ? size : 1;
    std::printf("%s of %lld, while submitting\n", benchmark.name, static_cast<long long>(size));
    print_counts(driver, before, submitted, tasks);
    std::printf("%s of %lld, in all\n", benchmark.name, static_cast<long long>(size));
    print_counts(driver, before, after, tasks);
    const std::string fault = problem->check_first(problem->sets[0], first);
    if (!fault.empty()) throw std::runtime_error(std::string(benchmark.name) + ": " + fault);
  }
}

}  // namespace suite
