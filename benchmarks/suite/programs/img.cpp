// benchmarks/suite/programs/img.cpp: IMG with sennit.
#include "problems/problems.h"
#include "programs/programs.h"

namespace suite {
namespace {

using sennit::Array;

class ImageProgram : public Implementation {
 public:
  ImageProgram(const ImagePipeline& problem, const sennit::Runtime& runtime, Shape shape)
      : runtime_(runtime),
        grid_{shape.blocks},
        block_{shape.threads},
        square_grid_(square_grid(shape)),
        side_(problem.side),
        pixels_(problem.pixels()),
        gaussian_blur_(kernel("gaussian_blur")),
        sobel_(kernel("sobel")),
        maximum_(kernel("maximum")),
        minimum_(kernel("minimum")),
        extend_(kernel("extend")),
        unsharpen_(kernel("unsharpen")),
        combine_(kernel("combine")),
        image_(runtime.array(problem.constants[P::kImage].as<float>())),
        small_mask_(runtime.array(problem.constants[P::kSmallMask].as<float>())),
        large_mask_(runtime.array(problem.constants[P::kLargeMask].as<float>())),
        unsharpen_mask_(runtime.array(problem.constants[P::kUnsharpenMask].as<float>())),
        blurred_small_(picture()),
        blurred_large_(picture()),
        blurred_unsharpen_(picture()),
        small_edges_(picture()),
        large_edges_(picture()),
        sharp_(picture()),
        mixed_(picture()),
        result_(picture()),
        largest_(runtime.array<float>({1})),
        smallest_(runtime.array<float>({1})) {}

  void reset(const InputSet& set) override {
    largest_[0] = set.inputs[P::kMaximum].as<float>()[0];
    smallest_[0] = set.inputs[P::kMinimum].as<float>()[0];
    result_.fill(-1);  // so that the last picture does not pass for this one
    runtime_.sync();
  }

  void submit() override {
    gaussian_blur_(square_grid_, square_block())(image_, blurred_small_, side_, side_, small_mask_,
                                                 P::kSmallDiameter);
    gaussian_blur_(square_grid_, square_block())(image_, blurred_large_, side_, side_, large_mask_,
                                                 P::kLargeDiameter);
    gaussian_blur_(square_grid_, square_block())(image_, blurred_unsharpen_, side_, side_,
                                                 unsharpen_mask_, P::kUnsharpenDiameter);
    sobel_(square_grid_, square_block())(blurred_small_, small_edges_, side_, side_);
    sobel_(square_grid_, square_block())(blurred_large_, large_edges_, side_, side_);
    maximum_(grid_, block_)(large_edges_, largest_, pixels_);
    minimum_(grid_, block_)(large_edges_, smallest_, pixels_);
    extend_(grid_, block_)(large_edges_, smallest_, largest_, pixels_);
    unsharpen_(grid_, block_)(image_, blurred_unsharpen_, sharp_, P::kAmount, pixels_);
    combine_(grid_, block_)(sharp_, blurred_large_, large_edges_, mixed_, pixels_);
    combine_(grid_, block_)(mixed_, blurred_small_, small_edges_, result_, pixels_);
  }

  void finish(std::span<double> first) override { first[P::kPicture] = result_(0, 0); }

  void read(std::size_t, HostData& values) override { read_into(result_, values); }

 private:
  using P = ImagePipeline;
  sennit::Kernel kernel(const std::string& name) {
    return runtime_.kernel(kernel_source(P::kSource), name);
  }
  Array<float> picture() { return runtime_.array<float>({side_, side_}); }

  sennit::Runtime runtime_;
  sennit::Dim3 grid_, block_, square_grid_;
  int side_, pixels_;
  sennit::Kernel gaussian_blur_, sobel_, maximum_, minimum_, extend_, unsharpen_, combine_;
  Array<float> image_, small_mask_, large_mask_, unsharpen_mask_;
  Array<float> blurred_small_, blurred_large_, blurred_unsharpen_, small_edges_, large_edges_;
  Array<float> sharp_, mixed_, result_;
  Array<float> largest_, smallest_;
};

}  // namespace

std::unique_ptr<Implementation> image_program(const Problem& problem,
                                              const sennit::Runtime& runtime, Shape shape) {
  return std::make_unique<ImageProgram>(dynamic_cast<const ImagePipeline&>(problem), runtime,
                                        shape);
}

}  // namespace suite
