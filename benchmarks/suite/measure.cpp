#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace suite {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void note(const Problem& problem, Contender& contender, const std::string& fault) {
  if (fault.empty()) return;
  if (contender.verified) {
    std::fprintf(stderr, "%s %lld: %s is wrong: %s\n", problem.benchmark.c_str(),
                 static_cast<long long>(problem.size), contender.name.c_str(), fault.c_str());
  }
  contender.verified = false;
}

struct Times {
  double all_us = 0, submit_us = 0;
};

// One iteration, checked.
Times iterate(const Problem& problem, Contender& contender, int iteration) {
  const InputSet& set = problem.sets[static_cast<std::size_t>(iteration) % problem.sets.size()];
  Implementation& implementation = *contender.implementation;
  std::vector<double> first(problem.outputs_read_in_run());
  implementation.reset(set);
  const Clock::time_point start = Clock::now();
  implementation.submit();
  const double submit_us = seconds_since(start) * 1e6;
  implementation.finish(first);
  const double all_us = seconds_since(start) * 1e6;
  note(problem, contender, problem.check_first(set, first));
  if (iteration % 10 == 0) {
    HostData values;
    for (std::size_t output = 0; output < problem.outputs.size(); ++output) {
      implementation.read(output, values);
      note(problem, contender, problem.check_output(set, output, values));
    }
  }
  return {all_us, submit_us};
}

}  // namespace

void measure(const Problem& problem, std::vector<Contender>& contenders, const Effort& effort) {
  int iteration = 0;
  double slowest_us = 0;
  for (; iteration < kColdIterations; ++iteration) {
    for (Contender& contender : contenders) {
      contender.cold_us.push_back(iterate(problem, contender, iteration).all_us);
      if (iteration > 0) slowest_us = std::max(slowest_us, contender.cold_us.back());
    }
  }
  const int least = slowest_us > effort.slow_us ? effort.least_of_slow : effort.least_iterations;
  const Clock::time_point start = Clock::now();
  for (int done = 0;
       done < least || (done < effort.most_iterations && seconds_since(start) < effort.seconds);
       ++done, ++iteration) {
    // They take turns at being first: that one brings the inputs into the caches.
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      Contender& contender = contenders[(static_cast<std::size_t>(done) + i) % contenders.size()];
      const Times times = iterate(problem, contender, iteration);
      contender.times_us.push_back(times.all_us);
      contender.submit_us.push_back(times.submit_us);
    }
  }
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace suite
