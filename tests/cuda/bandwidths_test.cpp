// tests/cuda/bandwidths_test.cpp: links between GPUs are measured with the driver's own copies.
#include "memory/bandwidths.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "backend/backend_table.h"
#include "doubles/fake_cuda_machine.h"

namespace sennit::cuda {
namespace {

TEST(BandwidthsOnCuda, EveryLinkIsMeasuredAndNothingIsLeft) {
  fake_cuda_config config;
  config.devices = 3;
  FakeCudaMachine gpus(config);
  {
    const std::unique_ptr<Backend> backend =
        find_backend("cuda").open(FakeCudaMachine::backend_options());
    const std::vector<Bandwidth> measured = measure_bandwidths(backend->devices());
    std::map<std::pair<int, int>, double> rates;
    for (const Bandwidth& row : measured) {
      rates[{row.from, row.to}] = row.gigabytes_per_second;
      EXPECT_GT(row.gigabytes_per_second, 0) << row.from << "," << row.to;
      EXPECT_TRUE(std::isfinite(row.gigabytes_per_second));
    }
    EXPECT_EQ(rates.size(), 3u * 2 + 3 * 2) << "host and device both ways, and every pair";
    EXPECT_EQ(measured.size(), rates.size());
    Topology topology(3);
    EXPECT_NO_THROW(set_bandwidths(topology, backend->devices(), measured));
  }
  EXPECT_EQ(gpus.leaks(), "");
  EXPECT_EQ(gpus.take_misuses(), std::vector<std::string>());
}

}  // namespace
}  // namespace sennit::cuda
