// benchmarks/suite/problems/hits.cpp: the inputs and the answers of HITS.
#include <algorithm>

#include "problems/problems.h"

namespace suite {
namespace {

struct Matrix {  // in compressed rows
  HostData starts, columns, values;
};

Matrix random_matrix(std::size_t n, std::uint64_t seed) {
  constexpr std::size_t kDegree = Hits::kDegree;
  Matrix made;
  made.starts = HostData::generate<int>(n + 1, [](std::size_t i) { return i * kDegree; });
  made.columns = HostData::generate<int>(
      n * kDegree, [=](std::size_t i) { return noise(seed, i) * static_cast<double>(n); });
  made.values = HostData::generate<int>(n * kDegree, [](std::size_t) { return 1; });
  return made;
}

Matrix transposed(const Matrix& matrix, std::size_t n) {
  const auto columns = matrix.columns.as<int>();
  Matrix made;
  made.starts = HostData::generate<int>(n + 1, [](std::size_t) { return 0; });
  made.columns = HostData::of<int>(columns.size());
  made.values = HostData::generate<int>(columns.size(), [](std::size_t) { return 1; });
  const auto starts = made.starts.as<int>();
  for (const int column : columns) ++starts[static_cast<std::size_t>(column) + 1];
  for (std::size_t i = 0; i < n; ++i) starts[i + 1] += starts[i];
  std::vector<int> next(starts.begin(), starts.end() - 1);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(columns[i])]++);
    made.columns.as<int>()[place] = static_cast<int>(i / Hits::kDegree);
  }
  return made;
}

// matrix * x, divided by the sum of its elements.
std::vector<double> step(const Matrix& matrix, const std::vector<double>& x) {
  const auto starts = matrix.starts.as<int>();
  const auto columns = matrix.columns.as<int>();
  std::vector<double> result(x.size());
  parallel_for(x.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (int k = starts[i]; k < starts[i + 1]; ++k) {
        result[i] += x[static_cast<std::size_t>(columns[static_cast<std::size_t>(k)])];
      }
    }
  });
  double sum = 0;
  for (const double value : result) sum += value;
  for (double& value : result) value /= sum;
  return result;
}

HostData as_floats(const std::vector<double>& values) {
  return HostData::generate<float>(values.size(), [&](std::size_t i) { return values[i]; });
}

template <typename T>
HostData repeated(T value, std::size_t count) {
  return HostData::generate<T>(count, [=](std::size_t) { return value; });
}

}  // namespace

std::unique_ptr<Problem> Hits::prepare(std::int64_t size) {
  auto problem = std::make_unique<Hits>();
  problem->n = static_cast<int>(size);
  const auto n = static_cast<std::size_t>(size);
  // Scores sum up to 1, so the tolerance is taken of the mean score.
  const double tolerance = 1e-2 / static_cast<double>(n);
  problem->outputs = {{"authorities", ElementType::kFloat32, n, tolerance},
                      {"hubs", ElementType::kFloat32, n, tolerance}};
  for (const std::uint64_t seed : {1u, 2u}) {
    Matrix by_rows = random_matrix(n, seed);
    Matrix by_columns = transposed(by_rows, n);
    std::vector<double> authority(n, 1), hub(n, 1);
    for (int i = 0; i < kSteps; ++i) {
      std::vector<double> next_authority = step(by_columns, hub);
      hub = step(by_rows, authority);
      authority = std::move(next_authority);
    }
    InputSet set;
    for (Matrix* matrix : {&by_rows, &by_columns}) {
      set.inputs.push_back(std::move(matrix->starts));
      set.inputs.push_back(std::move(matrix->columns));
      set.inputs.push_back(std::move(matrix->values));
    }
    for (int vectors = 0; vectors < 2; ++vectors) set.inputs.push_back(repeated(1.0f, n));
    for (int norms = 0; norms < 2; ++norms) set.inputs.push_back(repeated(0.0f, 1));
    for (int rows = 0; rows < 2; ++rows) set.inputs.push_back(repeated(0, 1));
    set.expected.push_back(as_floats(authority));
    set.expected.push_back(as_floats(hub));
    problem->sets.push_back(std::move(set));
  }
  return problem;
}

}  // namespace suite
