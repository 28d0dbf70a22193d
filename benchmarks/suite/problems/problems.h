// benchmarks/suite/problems/problems.h: the six problems: sizes, inputs in the order of their
// sets, outputs, and the numbers that all implementations share.
#pragma once

#include <memory>

#include "problem.h"

namespace suite {

// The difference of two squared vectors, summed. Bound by the link to the device.
struct Vec : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t size);
  enum Inputs { kX, kY, kResult };
  enum Outputs { kSum };
  int n = 0;
};

// Ten stocks' options, without dependencies between them.
struct BlackScholes : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t size);
  static constexpr int kStocks = 10;  // input and output k is stock k's
  static constexpr double kRate = 0.08, kVolatility = 0.3, kYears = 1.0, kStrike = 60.0;
  int n = 0;
};

// Two classifiers and their vote; one begins with a long kernel of few threads.
struct Ensemble : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t size);
  static constexpr int kFeatures = 200, kClasses = 10;
  enum Constants { kX, kLogProbabilities, kCoefficients, kBiases };
  enum Inputs { kBayesScores, kRidgeScores };
  enum Outputs { kWinners };
  int rows = 0;
};

// Hubs and authorities of a graph, five steps whose two halves need each other.
struct Hits : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t size);
  static constexpr int kDegree = 3, kSteps = 5;
  // The graph by rows, and its transpose; then the state of the iteration.
  enum Inputs {
    kStarts,
    kColumns,
    kValues,
    kStartsT,
    kColumnsT,
    kValuesT,
    kAuthority,
    kHub,
    kAuthorityNorm,
    kHubNorm,
    kAuthorityRow,
    kHubRow,
  };
  enum Outputs { kAuthorities, kHubs };
  int n = 0;
  int edges() const { return n * kDegree; }
};

// Blurs, edges and their mixture: short kernels, hardly a transfer.
struct ImagePipeline : Problem {
  // The example's own kernels.
  static constexpr const char* kSource = "../../../examples/image_pipeline/kernels.cu";
  static std::unique_ptr<Problem> prepare(std::int64_t size);
  enum Constants { kImage, kSmallMask, kLargeMask, kUnsharpenMask };
  static constexpr int kSmallDiameter = 3, kLargeDiameter = 5, kUnsharpenDiameter = 3;
  static constexpr float kAmount = 0.5f;
  enum Inputs { kMaximum, kMinimum };
  enum Outputs { kPicture };
  int side = 0;
  int pixels() const { return side * side; }
};

// Two convolutional branches joined by a dense layer.
struct DeepLearning : Problem {
  static std::unique_ptr<Problem> prepare(std::int64_t size);
  static constexpr int kDiameter = 3, kStride = 2, kPool = 5, kFilters1 = 8, kFilters2 = 16;
  static constexpr int kMasks1 = kDiameter * kDiameter * kFilters1;              // elements
  static constexpr int kMasks2 = kDiameter * kDiameter * kFilters1 * kFilters2;  // elements
  enum Constants { kMasksX1, kMasksX2, kMasksY1, kMasksY2, kDense };
  enum Inputs { kX, kY, kResult };
  enum Outputs { kScore, kJoined };
  // Pooling is launched in three dimensions, the channels in the third.
  static constexpr std::uint32_t kPoolBlock = 4, kPoolLayers = kFilters1 / kPoolBlock;
  static std::uint32_t pool_side(Shape shape) { return shape.side() > 1 ? shape.side() / 2 : 1; }
  int side = 0;
  int side1() const { return side / kStride; }    // after the first convolution
  int side11() const { return side1() / kPool; }  // after pooling
  int side2() const { return side11() / kStride; }
  int size1() const { return side1() * side1() * kFilters1; }  // elements, as below
  int size11() const { return side11() * side11() * kFilters1; }
  int size2() const { return side2() * side2() * kFilters2; }
};

}  // namespace suite
