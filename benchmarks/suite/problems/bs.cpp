// benchmarks/suite/problems/bs.cpp: the inputs and the answers of B&S.
#include <cmath>

#include "problems/problems.h"

namespace suite {
namespace {

double normal_cdf(double d) { return 0.5 * std::erfc(-d / std::sqrt(2.0)); }

double call_price(double spot) {
  using P = BlackScholes;
  const double deviation = P::kVolatility * std::sqrt(P::kYears);
  const double drift = (P::kRate + 0.5 * P::kVolatility * P::kVolatility) * P::kYears;
  const double d1 = (std::log(spot / P::kStrike) + drift) / deviation;
  const double d2 = d1 - deviation;
  return spot * normal_cdf(d1) - P::kStrike * std::exp(-P::kRate * P::kYears) * normal_cdf(d2);
}

}  // namespace

std::unique_ptr<Problem> BlackScholes::prepare(std::int64_t size) {
  auto problem = std::make_unique<BlackScholes>();
  problem->n = static_cast<int>(size);
  const auto n = static_cast<std::size_t>(size);
  for (int k = 0; k < kStocks; ++k) {
    // The kernel's polynomial is good to 7.5e-8, of prices near 7 from spots near 60.
    problem->outputs.push_back({"call" + std::to_string(k), ElementType::kFloat64, n, 1e-6});
  }
  for (const double low : {59.5, 49.5}) {
    InputSet set;
    for (std::uint64_t k = 0; k < kStocks; ++k) {
      set.inputs.push_back(
          HostData::generate<double>(n, [=](std::size_t i) { return low + noise(k, i); }));
      const auto spots = set.inputs.back().as<double>();
      set.expected.push_back(
          HostData::generate<double>(n, [=](std::size_t i) { return call_price(spots[i]); }));
    }
    problem->sets.push_back(std::move(set));
  }
  return problem;
}

}  // namespace suite
