// benchmarks/suite/rivals/ml.cpp: ML by hand: ridge regression on lane 0, naive Bayes on lane 1.
#include "rivals/schedules.h"

namespace suite {

void schedule(const Ensemble& problem, Shape shape, Schedule& schedule) {
  using P = Ensemble;
  const int rows = problem.rows;
  const auto count = static_cast<std::size_t>(rows);
  const auto kernel = [&](const char* name) { return schedule.function("ml.cu", name); };
  const auto softmax = kernel("softmax");
  const Grid grid = linear(shape);

  const DeviceBuffer x = schedule.constant(P::kX);
  const DeviceBuffer log_probabilities = schedule.constant(P::kLogProbabilities);
  const DeviceBuffer coefficients = schedule.constant(P::kCoefficients);
  const DeviceBuffer biases = schedule.constant(P::kBiases);
  const DeviceBuffer bayes = schedule.input(P::kBayesScores);
  const DeviceBuffer ridge = schedule.input(P::kRidgeScores);
  const DeviceBuffer z = schedule.scratch<float>(count * P::kFeatures);
  const DeviceBuffer highest = schedule.scratch<float>(count);
  const DeviceBuffer log_sums = schedule.scratch<float>(count);
  const DeviceBuffer winners = schedule.scratch<int>(count);
  schedule.output(P::kWinners, winners);

  // The long kernel needs no transfer; its lane must not wait for one.
  schedule.launch(0, kernel("rr_1"), grid, {}, x, z, rows, P::kFeatures);
  schedule.upload(1, P::kBayesScores);
  const auto got_ridge = schedule.upload(2, P::kRidgeScores);
  schedule.launch(1, kernel("nb_1"), grid, {}, x, log_probabilities, bayes, rows, P::kFeatures,
                  P::kClasses);
  schedule.launch(0, kernel("rr_2"), grid, {got_ridge}, z, coefficients, ridge, rows, P::kFeatures,
                  P::kClasses);
  schedule.launch(1, kernel("nb_2"), grid, {}, bayes, highest, rows, P::kClasses);
  schedule.launch(1, kernel("nb_3"), grid, {}, bayes, highest, log_sums, rows, P::kClasses);
  schedule.launch(0, kernel("rr_3"), grid, {}, ridge, biases, rows, P::kClasses);
  schedule.launch(1, kernel("nb_4"), grid, {}, bayes, log_sums, rows, P::kClasses);
  const auto bayes_done = schedule.launch(1, softmax, grid, {}, bayes, rows, P::kClasses);
  schedule.launch(0, softmax, grid, {}, ridge, rows, P::kClasses);
  schedule.launch(0, kernel("argmax"), grid, {bayes_done}, bayes, ridge, winners, rows,
                  P::kClasses);
  schedule.download_first(0, P::kWinners);
}

}  // namespace suite
