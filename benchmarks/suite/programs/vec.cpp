// benchmarks/suite/programs/vec.cpp: VEC with sennit.
#include "problems/problems.h"
#include "programs/programs.h"

namespace suite {
namespace {

class VecProgram : public Implementation {
 public:
  VecProgram(const Vec& problem, const sennit::Runtime& runtime, Shape shape)
      : grid_{shape.blocks},
        block_{shape.threads},
        n_(problem.n),
        square_(runtime.kernel(kernel_source("vec.cu"), "square")),
        reduce_(runtime.kernel(kernel_source("vec.cu"), "reduce")),
        x_(runtime.array<float>({n_})),
        y_(runtime.array<float>({n_})),
        x1_(runtime.array<float>({n_})),
        y1_(runtime.array<float>({n_})),
        result_(runtime.array<float>({1})) {}

  void reset(const InputSet& set) override {
    write_on_host(x_, set.inputs[Vec::kX].as<float>());
    write_on_host(y_, set.inputs[Vec::kY].as<float>());
    result_[0] = 0;
  }

  void submit() override {
    square_(grid_, block_)(x_, x1_, n_);
    square_(grid_, block_)(y_, y1_, n_);
    reduce_(grid_, block_)(x1_, y1_, result_, n_);
  }

  void finish(std::span<double> first) override { first[Vec::kSum] = result_[0]; }

  void read(std::size_t, HostData& values) override { read_into(result_, values); }

 private:
  sennit::Dim3 grid_, block_;
  int n_;
  sennit::Kernel square_, reduce_;
  sennit::Array<float> x_, y_, x1_, y1_, result_;
};

}  // namespace

std::unique_ptr<Implementation> vec_program(const Problem& problem, const sennit::Runtime& runtime,
                                            Shape shape) {
  return std::make_unique<VecProgram>(dynamic_cast<const Vec&>(problem), runtime, shape);
}

}  // namespace suite
