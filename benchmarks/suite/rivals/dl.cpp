// benchmarks/suite/rivals/dl.cpp: DL by hand: a lane for each branch.
#include "rivals/schedules.h"

namespace suite {

void schedule(const DeepLearning& problem, Shape shape, Schedule& schedule) {
  using P = DeepLearning;
  const auto kernel = [&](const char* name) { return schedule.function("dl.cu", name); };
  const auto conv2d = kernel("conv2d");
  const auto mean_pooling = kernel("mean_pooling");
  const auto floats = [&](int count) {
    return schedule.scratch<float>(static_cast<std::size_t>(count));
  };
  struct Branch {
    DeviceBuffer image, masks1, masks2, convolved1, pooled, convolved2;
  };
  const auto branch = [&](P::Inputs image, P::Constants masks1, P::Constants masks2) {
    return Branch{schedule.input(image),   schedule.constant(masks1), schedule.constant(masks2),
                  floats(problem.size1()), floats(problem.size11()),  floats(problem.size2())};
  };
  const Branch branches[] = {branch(P::kX, P::kMasksX1, P::kMasksX2),
                             branch(P::kY, P::kMasksY1, P::kMasksY2)};
  const DeviceBuffer dense = schedule.constant(P::kDense);
  const DeviceBuffer joined = floats(2 * problem.size2());
  const DeviceBuffer score = schedule.input(P::kResult);
  schedule.output(P::kScore, score);
  schedule.output(P::kJoined, joined);

  const Grid flat = linear(shape);
  const Grid convolve1 = square(shape, P::kMasks1 * sizeof(float));
  const Grid convolve2 = square(shape, P::kMasks2 * sizeof(float));
  const Grid pool{{P::pool_side(shape), P::pool_side(shape), P::kPoolLayers},
                  {P::kPoolBlock, P::kPoolBlock, P::kPoolBlock},
                  0};
  const int side = problem.side, side1 = problem.side1(), side11 = problem.side11();

  schedule.upload(0, P::kResult);
  schedule.upload(0, P::kX);
  schedule.upload(1, P::kY);
  for (std::size_t lane = 0; lane < 2; ++lane) {
    const Branch& at = branches[lane];
    schedule.launch(lane, conv2d, convolve1, {}, at.convolved1, at.image, at.masks1, side, side, 1,
                    P::kDiameter, P::kFilters1, P::kStride);
  }
  for (std::size_t lane = 0; lane < 2; ++lane) {
    const Branch& at = branches[lane];
    schedule.launch(lane, mean_pooling, pool, {}, at.pooled, at.convolved1, side1, side1,
                    P::kFilters1, P::kPool);
  }
  Schedule::Id last = 0;
  for (std::size_t lane = 0; lane < 2; ++lane) {
    const Branch& at = branches[lane];
    last = schedule.launch(lane, conv2d, convolve2, {}, at.convolved2, at.pooled, at.masks2, side11,
                           side11, P::kFilters1, P::kDiameter, P::kFilters2, P::kStride);
  }
  schedule.launch(0, kernel("concat"), flat, {last}, joined, branches[0].convolved2,
                  branches[1].convolved2, problem.size2());
  schedule.launch(0, kernel("dot_product"), flat, {}, joined, dense, score, 2 * problem.size2());
  schedule.download_first(0, P::kScore);
}

}  // namespace suite
