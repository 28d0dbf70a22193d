// benchmarks/suite/problems/vec.cpp: the inputs and the answer of VEC.
#include "problems/problems.h"

namespace suite {
namespace {

InputSet make_set(std::size_t n, double x, double y) {
  InputSet set;
  const auto series = [&](double first) {
    return HostData::generate<float>(
        n, [=](std::size_t i) { return first / static_cast<double>(i + 1); });
  };
  set.inputs.push_back(series(x));
  set.inputs.push_back(series(y));
  set.inputs.push_back(HostData::generate<float>(1, [](std::size_t) { return 0; }));
  // From the small terms to the large ones.
  double sum = 0;
  const auto xs = set.inputs[Vec::kX].as<float>();
  const auto ys = set.inputs[Vec::kY].as<float>();
  for (std::size_t i = n; i-- > 0;) sum += double{xs[i]} * xs[i] - double{ys[i]} * ys[i];
  set.expected.push_back(HostData::generate<float>(1, [=](std::size_t) { return sum; }));
  return set;
}

}  // namespace

std::unique_ptr<Problem> Vec::prepare(std::int64_t size) {
  auto problem = std::make_unique<Vec>();
  problem->n = static_cast<int>(size);
  problem->outputs = {{"result", ElementType::kFloat32, 1, 1e-3}};
  const auto n = static_cast<std::size_t>(size);
  problem->sets.push_back(make_set(n, 1, 2));  // the sum nears -3 pi^2 / 6
  problem->sets.push_back(make_set(n, 2, 1));
  return problem;
}

}  // namespace suite
