// benchmarks/suite/problems/patterns.h: what the runtime itself costs: graphs of tiny kernels, and
// single transfers. The size of the former is their number of tasks, of the latter bytes.
#pragma once

#include <memory>

#include "problem.h"

namespace suite {

// The values of these three are 0 on the device when the clock starts: nothing is transferred but
// the result.

// Each task adds 1 to the same value.
struct Chain : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t tasks);
  std::int64_t tasks = 0;
};

// Task i adds 1 to value i modulo 64.
struct Independent : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t tasks);
  static constexpr std::size_t kChains = 64;  // output k is chain k's
  std::size_t tasks = 0;
};

// Eight tasks copy a value, the ninth makes it 1 more than their mean; again and again.
struct ForkJoin : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t tasks);
  static std::unique_ptr<Problem> prepare_busy(std::int64_t tasks);
  static constexpr std::size_t kWidth = 8;
  static constexpr int kRound = 9;  // tasks
  long long busy_clocks = 0;        // of a task of the eight; 0: next to none
  std::int64_t rounds = 0;
};

// One kernel; the host reads the value that it leaves.
struct ScalarRead : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t values);
  enum Constants { kValue };
};

// An array goes to the device for a kernel, from the runtime's own memory or from the caller's.
struct Upload : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t bytes);
  static std::unique_ptr<Problem> prepare_pageable(std::int64_t bytes);
  enum Inputs { kValues };
  bool pageable = false;
};

// A kernel's array comes to the host, to the runtime's own memory or to the caller's.
struct Download : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t bytes);
  static std::unique_ptr<Problem> prepare_pageable(std::int64_t bytes);
  enum Inputs { kValue };  // the kernel puts it in front of the zeros of the array
  bool pageable = false;
};

}  // namespace suite
