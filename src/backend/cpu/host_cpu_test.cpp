// backend/cpu/host_cpu_test.cpp: limits and names as the kernel's files give them.
#include "backend/cpu/host_cpu.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace sennit::cpu {
namespace {

TEST(HostCpu, QuotaIsRoundedUpToCores) {
  EXPECT_EQ(cores_of_quota("200000 100000\n"), 2u);
  EXPECT_EQ(cores_of_quota("150000 100000\n"), 2u);
  EXPECT_EQ(cores_of_quota("10000 100000\n"), 1u);
}

TEST(HostCpu, NoQuotaIsNoLimit) {
  for (const char* text : {"max 100000\n", "", "max", "100000", "100000 0", "x y"}) {
    EXPECT_EQ(cores_of_quota(text), 0u) << text;
  }
}

TEST(HostCpu, UsableCoresFollowTheAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(usable_cores(), 1u);
  EXPECT_LE(usable_cores(), static_cast<unsigned>(CPU_COUNT(&before)));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core) {
    if (CPU_ISSET(core, &before)) CPU_SET(core, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cores(), 1u);
  sched_setaffinity(0, sizeof before, &before);
}

TEST(HostCpu, ModelNamesAreTidied) {
  EXPECT_EQ(model_name_of("processor\t: 0\nmodel name\t:  AMD  EPYC   9654 \ncache\t: 1\n"),
            "AMD EPYC 9654");
  EXPECT_EQ(model_name_of("model name\t: last line"), "last line");
  EXPECT_EQ(model_name_of("Processor\t: AArch64\n"), "");
  EXPECT_EQ(model_name_of(""), "");
}

TEST(HostCpu, TheMachineHasMemory) { EXPECT_GT(memory_bytes(), std::size_t{1} << 20); }

}  // namespace
}  // namespace sennit::cpu
