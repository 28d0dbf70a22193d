// benchmarks/suite/problems/ml.cpp: the inputs and the answers of ML.
#include <algorithm>
#include <array>
#include <cmath>

#include "problems/problems.h"

namespace suite {
namespace {

constexpr std::size_t kFeatures = Ensemble::kFeatures;
constexpr std::size_t kClasses = Ensemble::kClasses;
using Scores = std::array<double, kClasses>;

struct Scaling {
  std::array<double, kFeatures> mean{}, scale{};
};

Scaling scaling_of(std::span<const int> x, std::size_t rows) {
  Scaling scaling;
  const auto scale_features = [&](std::size_t begin, std::size_t end) {
    for (std::size_t j = begin; j < end; ++j) {
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        const double value = x[i * kFeatures + j];
        sum += value;
        squares += value * value;
      }
      const double count = static_cast<double>(rows);
      const double variance = squares / count - sum / count * (sum / count);
      scaling.mean[j] = sum / count;
      scaling.scale[j] = variance > 0 ? 1 / std::sqrt(variance) : 0;
    }
  };
  parallel_for(kFeatures, scale_features, rows);
  return scaling;
}

// Log-probabilities (or scores, to which the same constant may be added) to probabilities.
Scores softmax(const Scores& scores) {
  const double best = *std::max_element(scores.begin(), scores.end());
  Scores result{};
  double sum = 0;
  for (std::size_t c = 0; c < kClasses; ++c) sum += result[c] = std::exp(scores[c] - best);
  for (double& value : result) value /= sum;
  return result;
}

int winner_of(std::span<const int> row, const Scaling& scaling, const Problem& problem,
              std::span<const float> prior) {
  const auto log_probabilities = problem.constants[Ensemble::kLogProbabilities].as<float>();
  const auto coefficients = problem.constants[Ensemble::kCoefficients].as<float>();
  const auto biases = problem.constants[Ensemble::kBiases].as<float>();
  Scores bayes{}, ridge{};
  for (std::size_t c = 0; c < kClasses; ++c) {
    bayes[c] = prior[c];
    ridge[c] = biases[c];
    for (std::size_t j = 0; j < kFeatures; ++j) {
      bayes[c] += row[j] * double{log_probabilities[c * kFeatures + j]};
      ridge[c] += (row[j] - scaling.mean[j]) * scaling.scale[j] * coefficients[c * kFeatures + j];
    }
  }
  // The program takes the softmax of what are probabilities already.
  const Scores a = softmax(softmax(bayes)), b = softmax(ridge);
  Scores sum{};
  for (std::size_t c = 0; c < kClasses; ++c) sum[c] = a[c] + b[c];
  return static_cast<int>(std::max_element(sum.begin(), sum.end()) - sum.begin());
}

HostData weights(std::uint64_t seed, std::size_t count, double from, double to) {
  return HostData::generate<float>(
      count, [=](std::size_t i) { return from + (to - from) * noise(seed, i); });
}

}  // namespace

std::unique_ptr<Problem> Ensemble::prepare(std::int64_t size) {
  auto problem = std::make_unique<Ensemble>();
  problem->rows = static_cast<int>(size);
  const auto rows = static_cast<std::size_t>(size);
  // Rounding decides a row's class where two scores all but meet.
  problem->outputs = {{"winners", ElementType::kInt32, rows, 0, 1e-3}};

  problem->constants.push_back(HostData::generate<int>(
      rows * kFeatures, [](std::size_t i) { return std::floor(10 * noise(1, i)); }));
  problem->constants.push_back(weights(2, kClasses * kFeatures, -0.05, 0));
  problem->constants.push_back(weights(3, kClasses * kFeatures, -0.1, 0.1));
  problem->constants.push_back(weights(4, kClasses, -0.1, 0.1));
  const auto x = problem->constants[kX].as<int>();
  const Scaling scaling = scaling_of(x, rows);

  for (const std::uint64_t seed : {5u, 6u}) {
    const HostData prior = weights(seed, kClasses, -3, 0);
    const auto priors = prior.as<float>();
    InputSet set;
    set.inputs.push_back(HostData::generate<float>(
        rows * kClasses, [=](std::size_t i) { return priors[i % kClasses]; }));
    set.inputs.push_back(HostData::generate<float>(rows * kClasses, [](std::size_t) { return 0; }));
    set.expected.push_back(HostData::generate<int>(rows, [&](std::size_t i) {
      return winner_of(x.subspan(i * kFeatures, kFeatures), scaling, *problem, priors);
    }));
    problem->sets.push_back(std::move(set));
  }
  return problem;
}

}  // namespace suite
