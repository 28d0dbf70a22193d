// benchmarks/suite/rivals/bs.cpp: B&S by hand: a lane for each stock.
#include "rivals/schedules.h"

namespace suite {

void schedule(const BlackScholes& problem, Shape shape, Schedule& schedule) {
  using P = BlackScholes;
  const auto bs = schedule.function("bs.cu", "bs");
  for (std::size_t k = 0; k < P::kStocks; ++k) {
    schedule.output(k, schedule.scratch<double>(static_cast<std::size_t>(problem.n)));
  }
  for (std::size_t k = 0; k < P::kStocks; ++k) schedule.upload(k, k);
  for (std::size_t k = 0; k < P::kStocks; ++k) {
    schedule.launch(k, bs, linear(shape), {}, schedule.input(k), schedule.output(k), problem.n,
                    P::kRate, P::kVolatility, P::kYears, P::kStrike);
  }
  for (std::size_t k = 0; k < P::kStocks; ++k) schedule.download_first(k, k);
}

}  // namespace suite
