// benchmarks/suite/measure.h: how implementations of one problem are timed against each other.
#pragma once

#include <string>
#include <vector>

#include "problem.h"

namespace suite {

struct Contender {
  std::string name;
  Implementation* implementation = nullptr;
  bool is_rival = false;            // written by hand, and run
  std::vector<double> cold_us{};    // the first iterations, which do not count
  std::vector<double> times_us{};   // the others; those with the same index ran one after another
  std::vector<double> submit_us{};  // of those, until all was submitted
  bool verified = true;
};

struct Effort {
  int least_iterations = 30;
  int least_of_slow = 15;  // where one takes over `slow_us`
  double slow_us = 200e3;
  int most_iterations = 200;
  double seconds = 2;  // iterations go on for so long, between least and most
};
inline constexpr int kColdIterations = 3;

// Takes turns: an iteration of each contender, then the next of each. Every run is checked by the
// first elements of its answers, every tenth by all. What is wrong goes to standard error, once a
// contender.
void measure(const Problem& problem, std::vector<Contender>& contenders, const Effort& effort);

double median(std::vector<double> values);

}  // namespace suite
