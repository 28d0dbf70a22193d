// benchmarks/suite/programs/ml.cpp: ML with sennit.
#include "problems/problems.h"
#include "programs/programs.h"

namespace suite {
namespace {

class EnsembleProgram : public Implementation {
 public:
  EnsembleProgram(const Ensemble& problem, const sennit::Runtime& runtime, Shape shape)
      : grid_{shape.blocks},
        block_{shape.threads},
        rows_(problem.rows),
        rr_1_(kernel(runtime, "rr_1")),
        rr_2_(kernel(runtime, "rr_2")),
        rr_3_(kernel(runtime, "rr_3")),
        nb_1_(kernel(runtime, "nb_1")),
        nb_2_(kernel(runtime, "nb_2")),
        nb_3_(kernel(runtime, "nb_3")),
        nb_4_(kernel(runtime, "nb_4")),
        softmax_(kernel(runtime, "softmax")),
        argmax_(kernel(runtime, "argmax")),
        x_(runtime.array(problem.constants[P::kX].as<int>())),
        log_probabilities_(runtime.array(problem.constants[P::kLogProbabilities].as<float>())),
        coefficients_(runtime.array(problem.constants[P::kCoefficients].as<float>())),
        biases_(runtime.array(problem.constants[P::kBiases].as<float>())),
        z_(runtime.array<float>({rows_, P::kFeatures})),
        bayes_(runtime.array<float>({rows_, P::kClasses})),
        ridge_(runtime.array<float>({rows_, P::kClasses})),
        highest_(runtime.array<float>({rows_})),
        log_sums_(runtime.array<float>({rows_})),
        winners_(runtime.array<int>({rows_})) {}

  void reset(const InputSet& set) override {
    write_on_host(bayes_, set.inputs[P::kBayesScores].as<float>());
    write_on_host(ridge_, set.inputs[P::kRidgeScores].as<float>());
  }

  void submit() override {
    rr_1_(grid_, block_)(x_, z_, rows_, P::kFeatures);
    nb_1_(grid_, block_)(x_, log_probabilities_, bayes_, rows_, P::kFeatures, P::kClasses);
    rr_2_(grid_, block_)(z_, coefficients_, ridge_, rows_, P::kFeatures, P::kClasses);
    nb_2_(grid_, block_)(bayes_, highest_, rows_, P::kClasses);
    nb_3_(grid_, block_)(bayes_, highest_, log_sums_, rows_, P::kClasses);
    rr_3_(grid_, block_)(ridge_, biases_, rows_, P::kClasses);
    nb_4_(grid_, block_)(bayes_, log_sums_, rows_, P::kClasses);
    softmax_(grid_, block_)(bayes_, rows_, P::kClasses);
    softmax_(grid_, block_)(ridge_, rows_, P::kClasses);
    argmax_(grid_, block_)(bayes_, ridge_, winners_, rows_, P::kClasses);
  }

  void finish(std::span<double> first) override { first[P::kWinners] = winners_[0]; }

  void read(std::size_t, HostData& values) override { read_into(winners_, values); }

 private:
  using P = Ensemble;
  static sennit::Kernel kernel(const sennit::Runtime& runtime, const std::string& name) {
    return runtime.kernel(kernel_source("ml.cu"), name);
  }

  sennit::Dim3 grid_, block_;
  int rows_;
  sennit::Kernel rr_1_, rr_2_, rr_3_, nb_1_, nb_2_, nb_3_, nb_4_, softmax_, argmax_;
  sennit::Array<int> x_;
  sennit::Array<float> log_probabilities_, coefficients_, biases_;
  sennit::Array<float> z_, bayes_, ridge_, highest_, log_sums_;
  sennit::Array<int> winners_;
};

}  // namespace

std::unique_ptr<Implementation> ensemble_program(const Problem& problem,
                                                 const sennit::Runtime& runtime, Shape shape) {
  return std::make_unique<EnsembleProgram>(dynamic_cast<const Ensemble&>(problem), runtime, shape);
}

}  // namespace suite
