// benchmarks/suite/rivals/hits.cpp: HITS by hand: authorities on lane 0, hubs on lane 1.
#include "rivals/schedules.h"

namespace suite {

void schedule(const Hits& problem, Shape shape, Schedule& schedule) {
  using P = Hits;
  const int n = problem.n;
  const auto spmv = schedule.function("hits.cu", "spmv");
  const auto sum = schedule.function("hits.cu", "sum");
  const auto divide = schedule.function("hits.cu", "divide");
  const Grid grid = linear(shape);
  const auto input = [&](P::Inputs index) { return schedule.input(index); };

  // What a lane sets to zero after each step lies together.
  const DeviceBuffer authority_state = schedule.pack({P::kAuthorityNorm, P::kAuthorityRow});
  const DeviceBuffer hub_state = schedule.pack({P::kHubNorm, P::kHubRow});
  const DeviceBuffer next_authority = schedule.scratch<float>(static_cast<std::size_t>(n));
  const DeviceBuffer next_hub = schedule.scratch<float>(static_cast<std::size_t>(n));
  schedule.output(P::kAuthorities, input(P::kAuthority));
  schedule.output(P::kHubs, input(P::kHub));

  for (const auto index : {P::kStartsT, P::kColumnsT, P::kValuesT, P::kHub}) {
    schedule.upload(0, index);
  }
  schedule.upload(0, authority_state);
  for (const auto index : {P::kStarts, P::kColumns, P::kValues, P::kAuthority}) {
    schedule.upload(1, index);
  }
  schedule.upload(1, hub_state);

  Schedule::After hub_ready, authority_ready;
  for (int step = 0; step < P::kSteps; ++step) {
    const auto multiplied_authority =
        schedule.launch(0, spmv, grid, hub_ready, input(P::kAuthorityRow), input(P::kStartsT),
                        input(P::kColumnsT), input(P::kValuesT), input(P::kHub), next_authority, n);
    const auto multiplied_hub =
        schedule.launch(1, spmv, grid, authority_ready, input(P::kHubRow), input(P::kStarts),
                        input(P::kColumns), input(P::kValues), input(P::kAuthority), next_hub, n);
    schedule.launch(0, sum, grid, {}, next_authority, input(P::kAuthorityNorm), n);
    schedule.launch(1, sum, grid, {}, next_hub, input(P::kHubNorm), n);
    // Each overwrites what the other lane's product reads.
    authority_ready = {schedule.launch(0, divide, grid, {multiplied_hub}, next_authority,
                                       input(P::kAuthority), input(P::kAuthorityNorm), n)};
    hub_ready = {schedule.launch(1, divide, grid, {multiplied_authority}, next_hub, input(P::kHub),
                                 input(P::kHubNorm), n)};
    if (step + 1 == P::kSteps) break;
    schedule.zero(0, authority_state);
    schedule.zero(1, hub_state);
  }
  schedule.download_first(0, P::kAuthorities);
  schedule.download_first(1, P::kHubs);
}

}  // namespace suite
