// benchmarks/overhead_patterns.h: the patterns of launches that submit_overhead measures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "backend/virtual/null_backend.h"
#include "runtime/runtime.h"

namespace sennit {

constexpr int kMaxArguments = 8;
constexpr int kLaunchesPerBatch = 1024;
constexpr int kJoinsPerBatch = 128;

// One launch, ready to be repeated.
struct PreparedLaunch {
  RuntimeKernel* kernel = nullptr;
  std::vector<Argument> arguments;
  LaunchConfig config{.grid = {64}, .block = {128}, .cluster = {}};
};

// Counts the dependencies of each launch: an array that an unfinished launch has written.
class DependencyCounter final : public Observer {
 public:
  void on_issue(const ObservedOperation& operation) override {
    if (operation.kind != OperationKind::Launch) return;
    ++launches_;
    parents_ += operation.parents.size();
  }
  void on_done(NodeId, const Error*) override {}
  double parents_per_launch() const {
    return static_cast<double>(parents_) / static_cast<double>(launches_);
  }

 private:
  std::uint64_t launches_ = 0;
  std::uint64_t parents_ = 0;
};

inline std::unique_ptr<Backend> null_machine(bool slow = false) {
  NullOptions machine;
  machine.typical_us = 10;
  machine.slow = slow;
  return std::make_unique<NullBackend>(machine);
}

class Scenario {
 public:
  explicit Scenario(std::unique_ptr<Backend> machine = null_machine(),
                    std::int64_t max_streams = 64, const char* replay = "off") {
    Options options;
    options.compile_eagerly = true;
    options.max_streams = max_streams;
    options.replay = replay;
    runtime_ = Runtime::create(options, std::move(machine));
  }

  void add_arrays(std::size_t count) {
    const std::int64_t shape[] = {16};
    for (std::size_t i = 0; i < count; ++i) {
      arrays_.push_back(std::make_unique<Array>(runtime_->create_array(Dtype::Float32, shape)));
    }
  }
  // A launch of so many blocks that writes arrays [first, first + count).
  void add_launch(std::size_t first, std::size_t count, std::uint32_t blocks = 64) {
    launches_.push_back(make_launch(first, count));
    launches_.back().config.grid = {blocks};
  }
  // Launches come in no order, for as long as it runs.
  void shuffle() { shuffled_ = true; }
  // The same, not measured: all of these come before each batch.
  void add_preparation(std::size_t first, std::size_t count) {
    preparations_.push_back(make_launch(first, count));
  }
  void set_launches_per_batch(int launches) { launches_per_batch_ = launches; }
  int launches_per_batch() const { return launches_per_batch_; }
  void touch_every_array() {
    for (const auto& array : arrays_) {
      const Argument argument = Argument::of(array->view());
      runtime_->launch(kernel(1), PreparedLaunch{}.config, {&argument, 1}, {});
    }
    runtime_->scheduler().sync();
  }

  void prepare_batch() {
    for (const PreparedLaunch& launch : preparations_) {
      runtime_->launch(*launch.kernel, launch.config, launch.arguments, {});
    }
  }
  void submit_batch() {
    for (int i = 0; i < launches_per_batch_; ++i) {
      const PreparedLaunch& launch = launches_[next_];
      if (shuffled_) {
        chance_ = chance_ * 6364136223846793005u + 1442695040888963407u;  // Knuth's MMIX
        next_ = (chance_ >> 33) % launches_.size();
      } else if (++next_ == launches_.size()) {
        next_ = 0;
      }
      runtime_->launch(*launch.kernel, launch.config, launch.arguments, {});
    }
  }
  void sync() { runtime_->scheduler().sync(); }
  // Retiring the batch is measured with it, unless that means retiring preparations too.
  void retire_batch() {
    if (preparations_.empty()) sync();
  }

  double parents_per_launch() {
    const auto counter = std::make_shared<DependencyCounter>();
    prepare_batch();
    runtime_->scheduler().attach(counter);
    submit_batch();
    runtime_->scheduler().detach(counter.get());
    sync();
    return counter->parents_per_launch();
  }
  // Array arguments of a launch, on average.
  double arguments_per_launch() const {
    std::size_t sum = 0;
    for (const PreparedLaunch& launch : launches_) sum += launch.arguments.size();
    return static_cast<double>(sum) / static_cast<double>(launches_.size());
  }

 private:
  PreparedLaunch make_launch(std::size_t first, std::size_t count) {
    PreparedLaunch launch;
    launch.kernel = &kernel(count);
    for (std::size_t i = 0; i < count; ++i) {
      launch.arguments.push_back(Argument::of(arrays_[first + i]->view()));
    }
    return launch;
  }
  RuntimeKernel& kernel(std::size_t arguments) {
    std::shared_ptr<RuntimeKernel>& made = kernels_[arguments];
    if (!made) {
      KernelRequest request;
      request.name = "k";
      request.source = "extern \"C\" __global__ void k(";
      for (std::size_t i = 0; i < arguments; ++i) {
        request.source += (i > 0 ? ", float* a" : "float* a") + std::to_string(i);
      }
      request.source += ") {}";
      made = runtime_->build_kernel(request);
    }
    return *made;
  }

  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<RuntimeKernel> kernels_[kMaxArguments + 1];
  std::vector<std::unique_ptr<Array>> arrays_;
  std::vector<PreparedLaunch> preparations_;
  std::vector<PreparedLaunch> launches_;
  int launches_per_batch_ = kLaunchesPerBatch;
  std::size_t next_ = 0;
  bool shuffled_ = false;
  std::uint64_t chance_ = 1;
};

struct Pattern {
  std::string name;
  std::function<std::unique_ptr<Scenario>()> make;
};

inline std::unique_ptr<Scenario> make_chain(std::size_t n) {
  auto scenario = std::make_unique<Scenario>();
  scenario->add_arrays(n);
  scenario->add_launch(0, n);
  return scenario;
}

inline std::unique_ptr<Scenario> make_fork_join(std::size_t n) {
  auto scenario = std::make_unique<Scenario>();
  scenario->add_arrays(n);
  for (std::size_t i = 0; i < n; ++i) scenario->add_launch(i, 1);
  scenario->add_launch(0, n);
  return scenario;
}

// One batch uses each array once, and is done before the next begins.
inline std::unique_ptr<Scenario> make_independent(std::size_t n) {
  auto scenario = std::make_unique<Scenario>();
  scenario->add_arrays(n * kLaunchesPerBatch);
  for (std::size_t i = 0; i < kLaunchesPerBatch; ++i) scenario->add_launch(i * n, n);
  return scenario;
}

inline std::unique_ptr<Scenario> make_join(std::size_t n, std::int64_t max_streams) {
  auto scenario = std::make_unique<Scenario>(null_machine(/*slow=*/true), max_streams);
  scenario->add_arrays(n * kJoinsPerBatch);
  for (std::size_t i = 0; i < n * kJoinsPerBatch; ++i) scenario->add_preparation(i, 1);
  for (std::size_t i = 0; i < kJoinsPerBatch; ++i) scenario->add_launch(i * n, n);
  scenario->set_launches_per_batch(kJoinsPerBatch);
  return scenario;
}

inline std::unique_ptr<Scenario> make_live(std::size_t arrays) {
  auto scenario = std::make_unique<Scenario>();
  scenario->add_arrays(arrays);
  scenario->touch_every_array();
  for (std::size_t pair = 0; pair < 5; ++pair) scenario->add_launch(pair * (arrays / 5), 2);
  return scenario;
}

inline std::unique_ptr<Scenario> make_chance(std::size_t n, const char* replay) {
  auto scenario = std::make_unique<Scenario>(null_machine(), 64, replay);
  scenario->add_arrays(n);
  for (std::uint32_t blocks = 1; blocks <= 1000; ++blocks) scenario->add_launch(0, n, blocks);
  scenario->shuffle();
  return scenario;
}

inline std::unique_ptr<Scenario> make_held(std::size_t n) {
  auto scenario = std::make_unique<Scenario>(null_machine(), 64, "repeated");
  scenario->add_arrays(n);
  scenario->add_launch(0, n);
  return scenario;
}

inline std::vector<Pattern> all_patterns() {
  std::vector<Pattern> patterns;
  for (std::size_t n = 1; n <= kMaxArguments; ++n) {
    patterns.push_back({"chain/" + std::to_string(n), [n] { return make_chain(n); }});
  }
  for (std::size_t n = 1; n <= kMaxArguments; ++n) {
    patterns.push_back({"forkjoin/" + std::to_string(n), [n] { return make_fork_join(n); }});
  }
  for (std::size_t n = 1; n <= kMaxArguments; ++n) {
    patterns.push_back({"independent/" + std::to_string(n), [n] { return make_independent(n); }});
  }
  for (std::size_t n = 1; n <= kMaxArguments; ++n) {
    patterns.push_back({"join/" + std::to_string(n), [n] { return make_join(n, 64); }});
  }
  for (std::size_t n = 1; n <= kMaxArguments; ++n) {
    patterns.push_back({"queue/" + std::to_string(n), [n] { return make_join(n, 1); }});
  }
  for (const std::size_t n : {std::size_t{10}, std::size_t{100000}}) {
    patterns.push_back({"live/" + std::to_string(n), [n] { return make_live(n); }});
  }
  for (const std::size_t n : {std::size_t{1}, std::size_t{2}}) {
    patterns.push_back({"chance/" + std::to_string(n), [n] { return make_chance(n, "off"); }});
    patterns.push_back({"novel/" + std::to_string(n), [n] { return make_chance(n, "auto"); }});
    patterns.push_back({"held/" + std::to_string(n), [n] { return make_held(n); }});
  }
  return patterns;
}

}  // namespace sennit
