// benchmarks/suite/rivals/vec.cpp: VEC by hand.
#include "rivals/schedules.h"

namespace suite {

void schedule(const Vec& problem, Shape shape, Schedule& schedule) {
  using P = Vec;
  const int n = problem.n;
  const auto elements = static_cast<std::size_t>(n);
  const auto square = schedule.function("vec.cu", "square");
  const auto reduce = schedule.function("vec.cu", "reduce");
  const DeviceBuffer x1 = schedule.scratch<float>(elements);
  const DeviceBuffer y1 = schedule.scratch<float>(elements);
  const Grid grid = linear(shape);
  schedule.output(P::kSum, schedule.input(P::kResult));

  schedule.upload(0, P::kResult);
  schedule.upload(0, P::kX);
  schedule.upload(1, P::kY);
  schedule.launch(0, square, grid, {}, schedule.input(P::kX), x1, n);
  const auto squared_y = schedule.launch(1, square, grid, {}, schedule.input(P::kY), y1, n);
  schedule.launch(0, reduce, grid, {squared_y}, x1, y1, schedule.input(P::kResult), n);
  schedule.download_first(0, P::kSum);
}

}  // namespace suite
