// benchmarks/suite/programs/bs.cpp: B&S with sennit.
#include "problems/problems.h"
#include "programs/programs.h"

namespace suite {
namespace {

class BlackScholesProgram : public Implementation {
 public:
  BlackScholesProgram(const BlackScholes& problem, const sennit::Runtime& runtime, Shape shape)
      : grid_{shape.blocks},
        block_{shape.threads},
        n_(problem.n),
        bs_(runtime.kernel(kernel_source("bs.cu"), "bs")) {
    for (int k = 0; k < BlackScholes::kStocks; ++k) {
      spot_.push_back(runtime.array<double>({n_}));
      call_.push_back(runtime.array<double>({n_}));
    }
  }

  void reset(const InputSet& set) override {
    for (std::size_t k = 0; k < spot_.size(); ++k)
      write_on_host(spot_[k], set.inputs[k].as<double>());
  }

  void submit() override {
    using P = BlackScholes;
    for (std::size_t k = 0; k < spot_.size(); ++k) {
      bs_(grid_, block_)(spot_[k], call_[k], n_, P::kRate, P::kVolatility, P::kYears, P::kStrike);
    }
  }

  void finish(std::span<double> first) override {
    for (std::size_t k = 0; k < spot_.size(); ++k) first[k] = call_[k][0];
  }

  void read(std::size_t output, HostData& values) override { read_into(call_[output], values); }

 private:
  sennit::Dim3 grid_, block_;
  int n_;
  sennit::Kernel bs_;
  std::vector<sennit::Array<double>> spot_, call_;
};

}  // namespace

std::unique_ptr<Implementation> black_scholes_program(const Problem& problem,
                                                      const sennit::Runtime& runtime, Shape shape) {
  return std::make_unique<BlackScholesProgram>(dynamic_cast<const BlackScholes&>(problem), runtime,
                                               shape);
}

}  // namespace suite
