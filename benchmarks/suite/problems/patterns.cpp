#include "problems/patterns.h"

#include <initializer_list>
#include <type_traits>

namespace suite {
namespace {

HostData floats(std::size_t count, double value) {
  return HostData::generate<float>(count, [=](std::size_t) { return value; });
}

Output one_float(const char* name, bool read_in_run = true) {
  return {name, ElementType::kFloat32, 1, 0, 0, read_in_run};
}

// What a pattern must leave behind, from nothing.
InputSet expecting(std::initializer_list<double> values) {
  InputSet set;
  for (const double value : values) set.expected.push_back(floats(1, value));
  return set;
}

std::unique_ptr<Problem> prepare_fork_join(std::int64_t tasks, long long busy_clocks) {
  auto problem = std::make_unique<ForkJoin>();
  problem->rounds = tasks / ForkJoin::kRound;
  problem->busy_clocks = busy_clocks;
  problem->outputs = {one_float("value")};
  problem->sets.push_back(expecting({static_cast<double>(problem->rounds)}));
  return problem;
}

// The two directions, told apart by the type.
template <typename Transfer>
std::unique_ptr<Problem> prepare_transfer(std::int64_t bytes, bool pageable) {
  constexpr bool kUp = std::is_same_v<Transfer, Upload>;
  const std::size_t elements = static_cast<std::size_t>(bytes) / sizeof(float);
  auto problem = std::make_unique<Transfer>();
  problem->pageable = pageable;
  problem->outputs = {{"values", ElementType::kFloat32, kUp ? 1 : elements}};
  for (const double value : {1.0, 2.0}) {
    InputSet set;
    set.inputs.push_back(floats(kUp ? elements : 1, value));
    set.expected.push_back(floats(kUp ? 1 : elements, 0));
    set.expected[0].template as<float>()[0] = static_cast<float>(value);
    problem->sets.push_back(std::move(set));
  }
  return problem;
}

}  // namespace

std::unique_ptr<Problem> Chain::prepare(std::int64_t tasks) {
  auto problem = std::make_unique<Chain>();
  problem->tasks = tasks;
  problem->outputs = {one_float("value")};
  problem->sets.push_back(expecting({static_cast<double>(tasks)}));
  return problem;
}

std::unique_ptr<Problem> Independent::prepare(std::int64_t tasks) {
  auto problem = std::make_unique<Independent>();
  problem->tasks = static_cast<std::size_t>(tasks);
  problem->outputs.assign(kChains, one_float("value", false));
  InputSet set;
  for (std::size_t chain = 0; chain < kChains; ++chain) {
    const std::size_t links = (problem->tasks + kChains - 1 - chain) / kChains;
    set.expected.push_back(floats(1, static_cast<double>(links)));
  }
  problem->sets.push_back(std::move(set));
  return problem;
}

std::unique_ptr<Problem> ForkJoin::prepare(std::int64_t tasks) {
  return prepare_fork_join(tasks, 0);
}

std::unique_ptr<Problem> ForkJoin::prepare_busy(std::int64_t tasks) {
  return prepare_fork_join(tasks, 95'000);  // 50 us at 1.9 GHz
}

std::unique_ptr<Problem> ScalarRead::prepare(std::int64_t values) {
  auto problem = std::make_unique<ScalarRead>();
  problem->outputs = {one_float("value")};
  problem->constants.push_back(floats(static_cast<std::size_t>(values), 7));
  problem->sets.push_back(expecting({7}));
  return problem;
}

std::unique_ptr<Problem> Upload::prepare(std::int64_t bytes) {
  return prepare_transfer<Upload>(bytes, false);
}
std::unique_ptr<Problem> Upload::prepare_pageable(std::int64_t bytes) {
  return prepare_transfer<Upload>(bytes, true);
}
std::unique_ptr<Problem> Download::prepare(std::int64_t bytes) {
  return prepare_transfer<Download>(bytes, false);
}
std::unique_ptr<Problem> Download::prepare_pageable(std::int64_t bytes) {
  return prepare_transfer<Download>(bytes, true);
}

}  // namespace suite
