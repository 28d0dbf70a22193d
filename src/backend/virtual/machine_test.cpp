// backend/virtual/machine_test.cpp: reading a machine's description.
#include "backend/virtual/machine.h"

#include <gtest/gtest.h>

#include "backend/virtual/virtual_fixture.h"

namespace sennit {
namespace {

LaunchConfig blocks(std::uint32_t count) {
  LaunchConfig config;
  config.grid.x = count;
  return config;
}

TEST(VirtualMachine, ReadsEverySetting) {
  const VirtualMachine machine = VirtualMachine::parse(R"(
    # two devices
    devices 2
    memory shared   # with the host
    memory_bytes 4096
    concurrent_kernels 3
    launch_us 2.5
    crossing_us 0.64
    host_waits yes
    bytes_per_second 1e12
    link host 0 50e9 1.5
    kernel_us 7
    kernel 10 0.5 scale<float, 4>
  )",
                                                       "machine.txt");
  EXPECT_EQ(machine.devices, 2);
  EXPECT_TRUE(machine.shares_host_memory);
  EXPECT_EQ(machine.memory_bytes, 4096u);
  EXPECT_EQ(machine.concurrent_kernels, 3);
  EXPECT_EQ(machine.launch_us, 2.5);
  EXPECT_EQ(machine.crossing_us, 0.64);
  EXPECT_TRUE(machine.host_waits);
  EXPECT_EQ(machine.bytes_per_second, 1e12);
  EXPECT_EQ(machine.link(CopyCommand::kHost, 0).bytes_per_second, 50e9);
  EXPECT_EQ(machine.link(CopyCommand::kHost, 0).latency_us, 1.5);
  EXPECT_EQ(machine.launch_duration_us("other", blocks(4)), 7);
  EXPECT_EQ(machine.launch_duration_us("scale<float, 4>", blocks(4)), 12);
}

TEST(VirtualMachine, KnowsTheDurationOnlyOfKernelsThatItLists) {
  const VirtualMachine machine = VirtualMachine::parse("kernel 3 0 known", "machine.txt");
  EXPECT_EQ(machine.known_duration_us("known", blocks(1)), 3);
  EXPECT_EQ(machine.known_duration_us("other", blocks(1)), std::nullopt);
}

TEST(VirtualMachine, TheLaterOfTwoLinksWins) {
  const VirtualMachine machine = VirtualMachine::parse(
      "link 0 1 1e9\n"
      "link * 1 2e9\n"
      "link host * 3e9\n"
      "link host 1 4e9",
      "machine.txt");
  EXPECT_EQ(machine.link(0, 1).bytes_per_second, 2e9);
  EXPECT_EQ(machine.link(CopyCommand::kHost, 0).bytes_per_second, 3e9);
  EXPECT_EQ(machine.link(CopyCommand::kHost, 1).bytes_per_second, 4e9);
  EXPECT_EQ(machine.link(1, 0).bytes_per_second, 50e9);
}

TEST(VirtualMachine, ALaterWildcardBeatsAnEarlierOneThatItCrosses) {
  const VirtualMachine machine = VirtualMachine::parse("link 0 * 1e9\nlink * 1 2e9", "machine.txt");
  EXPECT_EQ(machine.link(0, 1).bytes_per_second, 2e9);
  EXPECT_EQ(machine.link(0, 2).bytes_per_second, 1e9);
}

TEST(VirtualMachine, SaysWhichLineIsWrongAndWhy) {
  const auto message = [](std::string_view text) {
    return raised(ErrorCode::InvalidArgument, [&] { VirtualMachine::parse(text, "machine.txt"); });
  };
  EXPECT_TRUE(contains(message("devices 1\nlaunch 2"), "machine.txt:2: no setting is called"));
  EXPECT_TRUE(contains(message("launch 2"), "launch_us"));
  EXPECT_TRUE(contains(message("devices two"), "'two'"));
  EXPECT_TRUE(contains(message("devices -1"), "'-1'"));
  EXPECT_TRUE(contains(message("devices 0"), "at least one"));
  EXPECT_TRUE(contains(message("devices 1 2"), "left over"));
  EXPECT_TRUE(contains(message("launch_us"), "launch_us is missing"));
  EXPECT_TRUE(contains(message("launch_us -1"), "'-1'"));
  EXPECT_TRUE(contains(message("launch_us nan"), "'nan'"));
  EXPECT_TRUE(contains(message("memory both"), "'shared' or 'own'"));
  EXPECT_TRUE(contains(message("link host x 1e9"), "'x'"));
  EXPECT_TRUE(contains(message("link host 0 0"), "never delivers"));
  EXPECT_TRUE(contains(message("kernel 1 2"), "name is missing"));
}

TEST(VirtualMachine, AFileThatIsNotThereIsUnavailable) {
  EXPECT_TRUE(contains(
      raised(ErrorCode::Unavailable, [] { VirtualMachine::read_file("/nowhere/machine.txt"); }),
      "'/nowhere/machine.txt'"));
}

}  // namespace
}  // namespace sennit
