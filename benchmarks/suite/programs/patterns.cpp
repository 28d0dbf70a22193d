// benchmarks/suite/programs/patterns.cpp: graphs of tiny kernels with sennit.
#include "problems/patterns.h"

#include <cmath>

#include "programs/programs.h"

namespace suite {
namespace {

using sennit::Array;

sennit::Kernel kernel(const sennit::Runtime& runtime, const std::string& name) {
  return runtime.kernel(kernel_source("overhead.cu"), name);
}

class ChainProgram : public Implementation {
 public:
  ChainProgram(const Chain& problem, const sennit::Runtime& runtime)
      : tasks_(problem.tasks),
        runtime_(runtime),
        touch_(kernel(runtime, "touch")),
        value_(runtime.array<float>({1})) {}

  void reset(const InputSet&) override {
    value_.fill(0);
    runtime_.sync();
  }
  void submit() override {
    for (std::int64_t i = 0; i < tasks_; ++i) touch_({1}, {1})(value_);
  }
  void finish(std::span<double> first) override { first[0] = value_[0]; }
  void read(std::size_t, HostData& values) override { read_into(value_, values); }

 private:
  std::int64_t tasks_;
  sennit::Runtime runtime_;
  sennit::Kernel touch_;
  Array<float> value_;
};

class IndependentProgram : public Implementation {
 public:
  IndependentProgram(const Independent& problem, const sennit::Runtime& runtime)
      : tasks_(problem.tasks), runtime_(runtime), touch_(kernel(runtime, "touch")) {
    for (std::size_t chain = 0; chain < Independent::kChains; ++chain) {
      values_.push_back(runtime.array<float>({1}));
    }
  }

  void reset(const InputSet&) override {
    for (const Array<float>& value : values_) value.fill(0);
    runtime_.sync();
  }
  void submit() override {
    for (std::size_t i = 0; i < tasks_; ++i) touch_({1}, {1})(values_[i % Independent::kChains]);
  }
  void finish(std::span<double>) override { runtime_.sync(); }
  void read(std::size_t output, HostData& values) override { read_into(values_[output], values); }

 private:
  std::size_t tasks_;
  sennit::Runtime runtime_;
  sennit::Kernel touch_;
  std::vector<Array<float>> values_;
};

class ForkJoinProgram : public Implementation {
 public:
  ForkJoinProgram(const ForkJoin& problem, const sennit::Runtime& runtime, Shape shape)
      : rounds_(problem.rounds),
        busy_clocks_(problem.busy_clocks),
        grid_{shape.blocks},
        block_{shape.threads},
        runtime_(runtime),
        fork_(kernel(runtime, problem.busy_clocks > 0 ? "fork_busy" : "fork")),
        join_(kernel(runtime, "join")),
        value_(runtime.array<float>({1})) {
    for (std::size_t i = 0; i < ForkJoin::kWidth; ++i) {
      branches_.push_back(runtime.array<float>({1}));
    }
  }

  void reset(const InputSet&) override {
    value_.fill(0);
    runtime_.sync();
  }
  void submit() override {
    for (std::int64_t round = 0; round < rounds_; ++round) {
      for (const Array<float>& branch : branches_) {
        if (busy_clocks_ > 0) {
          fork_(grid_, block_)(value_, branch, busy_clocks_);
        } else {
          fork_({1}, {1})(value_, branch);
        }
      }
      const auto& b = branches_;
      join_({1}, {1})(value_, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
    }
  }
  void finish(std::span<double> first) override { first[0] = value_[0]; }
  void read(std::size_t, HostData& values) override { read_into(value_, values); }

 private:
  std::int64_t rounds_;
  long long busy_clocks_;
  sennit::Dim3 grid_, block_;
  sennit::Runtime runtime_;
  sennit::Kernel fork_, join_;
  Array<float> value_;
  std::vector<Array<float>> branches_;
};

class ScalarReadProgram : public Implementation {
 public:
  ScalarReadProgram(const ScalarRead& problem, const sennit::Runtime& runtime)
      : runtime_(runtime),
        put_(kernel(runtime, "put")),
        value_(runtime.array(problem.constants[ScalarRead::kValue].as<float>())),
        result_(runtime.array<float>({1})) {}

  void reset(const InputSet&) override {
    result_.fill(NAN);  // so that the last value does not pass for this one
    runtime_.sync();
  }
  void submit() override { put_({1}, {1})(value_, result_); }
  void finish(std::span<double> first) override { first[0] = result_[0]; }
  void read(std::size_t, HostData& values) override { read_into(result_, values); }

 private:
  sennit::Runtime runtime_;
  sennit::Kernel put_;
  Array<float> value_, result_;
};

}  // namespace

std::unique_ptr<Implementation> chain_program(const Problem& problem,
                                              const sennit::Runtime& runtime, Shape) {
  return std::make_unique<ChainProgram>(dynamic_cast<const Chain&>(problem), runtime);
}

std::unique_ptr<Implementation> independent_program(const Problem& problem,
                                                    const sennit::Runtime& runtime, Shape) {
  return std::make_unique<IndependentProgram>(dynamic_cast<const Independent&>(problem), runtime);
}

std::unique_ptr<Implementation> fork_join_program(const Problem& problem,
                                                  const sennit::Runtime& runtime, Shape shape) {
  return std::make_unique<ForkJoinProgram>(dynamic_cast<const ForkJoin&>(problem), runtime, shape);
}

std::unique_ptr<Implementation> scalar_read_program(const Problem& problem,
                                                    const sennit::Runtime& runtime, Shape) {
  return std::make_unique<ScalarReadProgram>(dynamic_cast<const ScalarRead&>(problem), runtime);
}

}  // namespace suite
