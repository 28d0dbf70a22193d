// backend/virtual/memory_test.cpp: whose memory is whose, and what is noticed when it is not.
#include "backend/virtual/memory.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "backend/virtual/virtual_fixture.h"

namespace sennit {
namespace {

constexpr int kHost = CopyCommand::kHost;

VirtualOptions two_devices(bool shared = false) {
  VirtualOptions options;
  options.machine.devices = 2;
  options.machine.shares_host_memory = shared;
  return options;
}

class VirtualMemoryTest : public ::testing::Test {
 protected:
  VirtualMemoryTest() : machine_(two_devices()) {
    machine_.backend.registry().add_function("first", [](const LaunchConfig&, void** parameters) {
      parameter<int*>(parameters, 1)[0] = parameter<int*>(parameters, 0)[0];
    });
    module_ = machine_.load(device(), {"first"});
    stream_ = device().create_stream();
  }
  ~VirtualMemoryTest() override { machine_.backend.run_all(); }

  Device& device(int ordinal = 0) { return machine_.device(ordinal); }

  std::string misuse(const Command& command) {
    return raised(ErrorCode::Internal, [&] { stream_->enqueue(command, 1); });
  }
  static CopyCommand copy(void* to, int to_device, const void* from, int from_device,
                          std::size_t bytes) {
    CopyCommand copy;
    copy.to = to;
    copy.from = from;
    copy.bytes = bytes;
    copy.to_device = to_device;
    copy.from_device = from_device;
    return copy;
  }
  static FillCommand fill(void* to, std::size_t bytes) {
    FillCommand fill;
    fill.to = to;
    fill.bytes = bytes;
    return fill;
  }
  void launch_first(const void* from, void* to) {
    VirtualMachineOfNotes::launch(*stream_, module_->function("first"), Parameters(from, to));
  }

  VirtualMachineOfNotes machine_;
  std::unique_ptr<Module> module_;
  std::unique_ptr<Stream> stream_;
};

TEST_F(VirtualMemoryTest, FreshMemoryIsPoisonedAndAligned) {
  for (const bool host : {false, true}) {
    auto memory = host ? device().allocate_host(1000) : device().allocate(1000);
    EXPECT_EQ(memory->bytes(), 1000u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory->address()) % 256, 0u);
    const auto* bytes = static_cast<const std::byte*>(memory->address());
    EXPECT_TRUE(std::all_of(bytes, bytes + 1000,
                            [](std::byte value) { return value == VirtualMemory::kFresh; }));
  }
}

TEST_F(VirtualMemoryTest, ACopyThatWasForgottenShowsAsWrongData) {
  const int one = 1;
  auto from = device().allocate(sizeof one);
  auto to = device().allocate(sizeof one);
  int result = 0;

  launch_first(from->address(), to->address());
  stream_->enqueue(copy(&result, kHost, to->address(), 0, sizeof result), 1);
  machine_.backend.run_all();
  EXPECT_NE(result, 1);

  stream_->enqueue(copy(from->address(), 0, &one, kHost, sizeof one), 1);
  launch_first(from->address(), to->address());
  stream_->enqueue(copy(&result, kHost, to->address(), 0, sizeof result), 1);
  machine_.backend.run_all();
  EXPECT_EQ(result, 1);
}

TEST_F(VirtualMemoryTest, CopiesGoBetweenDevices) {
  const int one = 1;
  auto here = device(0).allocate(sizeof one);
  auto there = device(1).allocate(sizeof one);
  int result = 0;
  auto stream = device(1).create_stream();
  stream->enqueue(copy(there->address(), 1, &one, kHost, sizeof one), 1);
  stream->enqueue(copy(here->address(), 0, there->address(), 1, sizeof one), 1);
  stream->enqueue(copy(&result, kHost, here->address(), 0, sizeof one), 1);
  EXPECT_TRUE(
      contains(raised(ErrorCode::Internal,
                      [&] { stream->enqueue(copy(&result, kHost, here->address(), 1, 4), 1); }),
               "as memory of device 1, but that is memory of device 0"));
  machine_.backend.run_all();
  EXPECT_EQ(result, 1);
}

TEST_F(VirtualMemoryTest, FillsRepeatTheirPattern) {
  auto memory = device().allocate(8);
  FillCommand command = fill(memory->address(), 8);
  command.pattern_bytes = 4;
  for (int i = 0; i < 4; ++i) command.pattern[static_cast<std::size_t>(i)] = std::byte(i + 1);
  stream_->enqueue(command, 1);
  machine_.backend.run_all();
  const unsigned char expected[] = {1, 2, 3, 4, 1, 2, 3, 4};
  EXPECT_EQ(std::memcmp(memory->address(), expected, sizeof expected), 0);
}

TEST_F(VirtualMemoryTest, CommandsOutsideOfLiveMemoryAreRefused) {
  auto memory = device(0).allocate(64);
  auto other = device(1).allocate(64);
  auto pinned = device(0).allocate_host(64);
  char host[64] = {};
  auto* bytes = static_cast<std::byte*>(memory->address());

  EXPECT_TRUE(contains(misuse(fill(host, 64)), "where no allocation is"));
  EXPECT_TRUE(contains(misuse(fill(bytes + 1, 64)), "past the end"));
  EXPECT_TRUE(contains(misuse(fill(other->address(), 64)), "memory of device 1"));
  EXPECT_TRUE(contains(misuse(fill(pinned->address(), 64)), "memory of the host"));
  EXPECT_TRUE(contains(misuse(copy(host, 0, bytes, 0, 8)), "a copy to uses 8 bytes"));
  EXPECT_TRUE(contains(misuse(copy(host, kHost, host + 8, 0, 8)), "a copy from uses 8 bytes"));
  EXPECT_TRUE(contains(misuse(copy(bytes, kHost, host, kHost, 8)), "as memory of the host"));
  EXPECT_TRUE(contains(misuse(copy(bytes, 0, bytes + 4, 0, 8)), "overlaps"));
  EXPECT_TRUE(contains(misuse(copy(other->address(), 1, other->address(), 1, 8)), "stream"));
  EXPECT_TRUE(contains(misuse(copy(host, 2, bytes, 0, 8)), "device 2"));
  FillCommand odd = fill(bytes, 64);
  odd.pattern_bytes = 3;
  EXPECT_TRUE(contains(misuse(odd), "pattern of 3 bytes"));
  odd.pattern_bytes = 8;
  odd.bytes = 12;
  EXPECT_TRUE(contains(misuse(odd), "12 bytes"));
  EXPECT_EQ(machine_.backend.counts().submissions(), 0u);
  EXPECT_EQ(machine_.backend.pending(), 0u);
}

TEST_F(VirtualMemoryTest, PointersOfLaunchesAreCheckedToo) {
  auto memory = device(0).allocate(64);
  auto other = device(1).allocate(64);
  const void* released = nullptr;
  {
    auto gone = device(0).allocate(64);
    released = gone->address();
  }
  const auto message = [&](const void* from) {
    return raised(ErrorCode::Internal, [&] { launch_first(from, memory->address()); });
  };
  EXPECT_TRUE(contains(message(released), "parameter 0 of kernel 'first'"));
  EXPECT_TRUE(contains(message(released), "released"));
  EXPECT_TRUE(contains(message(other->address()), "memory of device 1"));
  struct View {
    long size;
    const void* data;
  };
  EXPECT_TRUE(contains(raised(ErrorCode::Internal,
                              [&] {
                                VirtualMachineOfNotes::launch(*stream_, module_->function("first"),
                                                              Parameters(View{1, released}));
                              }),
                       "released"));
}

TEST_F(VirtualMemoryTest, MemoryReleasedUnderQueuedWorkIsReportedByTheNextCall) {
  auto memory = device().allocate(64);
  stream_->enqueue(fill(memory->address(), 64), 1);
  memory.reset();
  EXPECT_TRUE(contains(raised(ErrorCode::Internal, [&] { device().create_stream(); }),
                       "released while 1 queued commands name it"));
  device().create_stream();  // once
  machine_.backend.run_all();
  EXPECT_TRUE(machine_.backend.take_misuses().empty());
}

TEST_F(VirtualMemoryTest, AModuleReleasedUnderItsLaunchIsReportedAndTheLaunchRuns) {
  auto module = machine_.load(device(), {"note"});
  VirtualMachineOfNotes::launch(*stream_, module->function("note"), Parameters(5));
  module.reset();
  const auto misuses = machine_.backend.take_misuses();
  ASSERT_EQ(misuses.size(), 1u);
  EXPECT_TRUE(contains(misuses[0], "the module of kernel 'note'"));
  machine_.backend.run_all();
  EXPECT_EQ(machine_.ran, std::vector<int>{5});
}

TEST_F(VirtualMemoryTest, MemoryCanBeReleasedOnceItsWorkIsDone) {
  auto memory = device().allocate(64);
  auto event = device().create_event();
  stream_->enqueue(fill(memory->address(), 64), 1);
  stream_->record(*event);
  event->sync();
  memory.reset();
  EXPECT_TRUE(machine_.backend.take_misuses().empty());
}

TEST_F(VirtualMemoryTest, AFunctionRunsOnTheDeviceThatItWasLoadedOn) {
  auto stream = device(1).create_stream();
  EXPECT_TRUE(contains(raised(ErrorCode::Internal,
                              [&] {
                                VirtualMachineOfNotes::launch(*stream, module_->function("first"),
                                                              Parameters());
                              }),
                       "loaded on device 0, and launched on device 1"));
}

TEST(VirtualMemoryBudget, RunsOutAndSaysSo) {
  VirtualOptions options;
  options.machine.memory_bytes = 1000;
  VirtualMachineOfNotes machine(options);
  auto first = machine.device().allocate(600);
  EXPECT_TRUE(contains(raised(ErrorCode::OutOfMemory, [&] { machine.device().allocate(401); }),
                       "600 B of its"));
  auto host = machine.device().allocate_host(4000);
  auto second = machine.device().allocate(400);
  first.reset();
  auto third = machine.device().allocate(600);
  EXPECT_EQ(machine.backend.live().allocations, 2);
  EXPECT_EQ(machine.backend.counts().allocations, 4u);
  EXPECT_EQ(machine.backend.counts().frees, 1u);
}

TEST(VirtualSharedMemory, IsTheHostsAndEveryDevices) {
  VirtualMachineOfNotes machine(two_devices(true));
  EXPECT_TRUE(machine.device().info().shares_host_memory);
  auto memory = machine.device(0).allocate(64);
  int host = 0;
  auto stream = machine.device(1).create_stream();
  FillCommand fill;
  fill.pattern[0] = std::byte{1};
  fill.to = memory->address();
  fill.bytes = 64;
  stream->enqueue(fill, 1);
  fill.to = &host;
  fill.bytes = sizeof host;
  stream->enqueue(fill, 1);
  machine.backend.run_all();
  EXPECT_EQ(host, 0x01010101);
  fill.to = memory->address();
  fill.bytes = 65;
  EXPECT_TRUE(
      contains(raised(ErrorCode::Internal, [&] { stream->enqueue(fill, 1); }), "past the end"));
}

TEST(VirtualVariables, EachModuleAndDeviceHasItsOwnAndTheyBeginAsZero) {
  VirtualMachineOfNotes machine(two_devices());
  machine.backend.registry().add_variable("counter", sizeof(int));
  machine.backend.registry().add_function("count", [](const LaunchConfig&, void**) {
    ++*static_cast<int*>(current_variable("counter"));
  });
  auto module = machine.load(machine.device(0), {"count"});
  auto other = machine.load(machine.device(1), {"count"});
  auto stream = machine.device(0).create_stream();
  for (int i = 0; i < 3; ++i) {
    VirtualMachineOfNotes::launch(*stream, module->function("count"), Parameters());
  }
  const auto variable = module->variable("counter");
  ASSERT_TRUE(variable.has_value());
  EXPECT_EQ(variable->bytes, sizeof(int));
  int count = -1;
  CopyCommand copy;
  copy.to = &count;
  copy.from = variable->address;
  copy.bytes = sizeof count;
  copy.from_device = 0;
  stream->enqueue(copy, 1);
  machine.backend.run_all();
  EXPECT_EQ(count, 3);
  EXPECT_EQ(*static_cast<int*>(other->variable("counter")->address), 0);
  EXPECT_FALSE(module->variable("unknown").has_value());
  EXPECT_TRUE(contains(raised(ErrorCode::Internal, [] { current_variable("counter"); }),
                       "outside of a host function"));
}

TEST(VirtualMisuse, WhatNobodyWasToldOfEndsTheProcess) {
  const auto write_after_release = [] {
    VirtualBackend backend;
    auto memory = backend.devices()[0]->allocate(64);
    auto* byte = static_cast<std::byte*>(memory->address());
    memory.reset();
    byte[10] = std::byte{1};
  };
  EXPECT_DEATH(write_after_release(), "was written to after its release");
}

}  // namespace
}  // namespace sennit
