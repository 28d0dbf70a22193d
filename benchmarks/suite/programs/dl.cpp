// benchmarks/suite/programs/dl.cpp: DL with sennit.
#include "problems/problems.h"
#include "programs/programs.h"

namespace suite {
namespace {

using sennit::Array;
using P = DeepLearning;

// One branch: its image, its masks, and what its layers make.
struct Branch {
  Branch(const DeepLearning& problem, const sennit::Runtime& runtime, int masks_1, int masks_2)
      : image(runtime.array<float>({problem.side, problem.side})),
        masks1(constant(problem, runtime, masks_1)),
        masks2(constant(problem, runtime, masks_2)),
        convolved1(runtime.array<float>({problem.size1()})),
        pooled(runtime.array<float>({problem.size11()})),
        convolved2(runtime.array<float>({problem.size2()})) {}
  static Array<float> constant(const Problem& problem, const sennit::Runtime& runtime, int index) {
    return runtime.array(problem.constants[static_cast<std::size_t>(index)].as<float>());
  }
  Array<float> image, masks1, masks2, convolved1, pooled, convolved2;
};

class DeepLearningProgram : public Implementation {
 public:
  DeepLearningProgram(const DeepLearning& problem, const sennit::Runtime& runtime, Shape shape)
      : sizes_(problem),
        shape_(shape),
        conv2d_(kernel(runtime, "conv2d")),
        mean_pooling_(kernel(runtime, "mean_pooling")),
        concat_(kernel(runtime, "concat")),
        dot_product_(kernel(runtime, "dot_product")),
        x_(problem, runtime, P::kMasksX1, P::kMasksX2),
        y_(problem, runtime, P::kMasksY1, P::kMasksY2),
        dense_(Branch::constant(problem, runtime, P::kDense)),
        joined_(runtime.array<float>({2 * problem.size2()})),
        score_(runtime.array<float>({1})) {}

  void reset(const InputSet& set) override {
    write_on_host(x_.image, set.inputs[P::kX].as<float>());
    write_on_host(y_.image, set.inputs[P::kY].as<float>());
    score_[0] = 0;
  }

  void submit() override {
    for (const Branch* branch : {&x_, &y_}) {
      convolve(branch->convolved1, branch->image, branch->masks1, sizes_.side, 1, P::kFilters1);
    }
    const sennit::Dim3 pool_grid{P::pool_side(shape_), P::pool_side(shape_), P::kPoolLayers};
    const sennit::Dim3 pool_block{P::kPoolBlock, P::kPoolBlock, P::kPoolBlock};
    for (const Branch* branch : {&x_, &y_}) {
      mean_pooling_(pool_grid, pool_block)(branch->pooled, branch->convolved1, sizes_.side1,
                                           sizes_.side1, P::kFilters1, P::kPool);
    }
    for (const Branch* branch : {&x_, &y_}) {
      convolve(branch->convolved2, branch->pooled, branch->masks2, sizes_.side11, P::kFilters1,
               P::kFilters2);
    }
    concat_({shape_.blocks}, {shape_.threads})(joined_, x_.convolved2, y_.convolved2,
                                               sizes_.branch);
    dot_product_({shape_.blocks}, {shape_.threads})(joined_, dense_, score_, 2 * sizes_.branch);
  }

  void finish(std::span<double> first) override { first[P::kScore] = score_[0]; }

  void read(std::size_t output, HostData& values) override {
    read_into(output == P::kScore ? score_ : joined_, values);
  }

 private:
  struct Sizes {
    explicit Sizes(const DeepLearning& problem)
        : side(problem.side),
          side1(problem.side1()),
          side11(problem.side11()),
          branch(problem.size2()) {}
    int side, side1, side11, branch;
  };

  static sennit::Kernel kernel(const sennit::Runtime& runtime, const std::string& name) {
    return runtime.kernel(kernel_source("dl.cu"), name);
  }

  void convolve(const Array<float>& out, const Array<float>& in, const Array<float>& masks,
                int side, int channels, int filters) {
    const auto shared_bytes = static_cast<std::uint32_t>(masks.size() * sizeof(float));
    conv2d_(square_grid(shape_), square_block(), shared_bytes)(out, in, masks, side, side, channels,
                                                               P::kDiameter, filters, P::kStride);
  }

  Sizes sizes_;
  Shape shape_;
  sennit::Kernel conv2d_, mean_pooling_, concat_, dot_product_;
  Branch x_, y_;
  Array<float> dense_, joined_, score_;
};

}  // namespace

std::unique_ptr<Implementation> deep_learning_program(const Problem& problem,
                                                      const sennit::Runtime& runtime, Shape shape) {
  return std::make_unique<DeepLearningProgram>(dynamic_cast<const DeepLearning&>(problem), runtime,
                                               shape);
}

}  // namespace suite
