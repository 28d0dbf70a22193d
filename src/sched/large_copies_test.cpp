// sched/large_copies_test.cpp: large copies from and to the caller's memory, in chunks of 32 bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "sched/virtual_fixture.h"

namespace sennit {
namespace {

using Values = std::vector<std::uint32_t>;

Values numbered(std::size_t count, std::uint32_t first) {
  Values values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

class LargeCopies : public SchedulerTest {
 protected:
  static SchedulerConfig small_chunks(unsigned threads = 1) {
    SchedulerConfig config;
    config.large_copy_bytes = 64;
    config.copy_chunk_bytes = 32;
    config.copy_threads = threads;
    return config;
  }
  void SetUp() override { make(small_chunks()); }

  void write(const Handle& x, const Values& values, std::size_t first = 0) {
    scheduler_->copy_in(*x, elements(first, first + values.size()),
                        reinterpret_cast<const std::byte*>(values.data()));
  }
  Values read(const Handle& x, std::size_t first, std::size_t count) {
    Values values(count);
    scheduler_->copy_out(*x, elements(first, first + count),
                         reinterpret_cast<std::byte*>(values.data()));
    return values;
  }
  Values read(const Handle& x) { return read(x, 0, x->bytes / 4); }
  static bool has_mirror(const Handle& x) {
    return x->mirror.load(std::memory_order_acquire) != nullptr;
  }
};

TEST_F(LargeCopies, GoThroughTheDeviceWithoutAMirror) {
  for (const std::size_t count : {16u, 17u, 64u, 1000u}) {
    const Handle x = array(count);
    write(x, numbered(count, 7));
    launch("mix", {x, elements(0, 1)});
    Values expected = numbered(count, 7);
    expected[0] = 7 * 31 + 1;
    EXPECT_EQ(read(x), expected);
    EXPECT_FALSE(has_mirror(x));
    // What is small is the mirror's.
    EXPECT_EQ(element(x, count - 1), expected[count - 1]);
    EXPECT_TRUE(has_mirror(x));
  }
}

TEST_F(LargeCopies, HaveReadAndWrittenTheCallersMemoryWhenTheyReturn) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    make(small_chunks(seed % 2 == 0 ? 3 : 1), own_memory(seed));
    const Handle x = array(200);
    Values values = numbered(200, 1);
    write(x, values);
    std::fill(values.begin(), values.end(), 0u);
    EXPECT_EQ(read(x), numbered(200, 1)) << "seed " << seed;
  }
}

TEST_F(LargeCopies, OfPartsLeaveTheRestAsItIs) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    make(small_chunks(), own_memory(seed));
    const Handle x = array(200);
    set_all(x, 5);
    launch("mix", {x, elements(0, 100)});
    write(x, numbered(60, 1000), 70);
    Values expected(200, 5);
    std::fill_n(expected.begin(), 70, 5u * 31 + 1);
    std::iota(expected.begin() + 70, expected.begin() + 130, 1000);
    EXPECT_EQ(read(x, 50, 100), Values(expected.begin() + 50, expected.begin() + 150));
    EXPECT_EQ(read(x), expected) << "seed " << seed;
  }
}

TEST_F(LargeCopies, AFewElementsThatTheDeviceLacksGoThereFirst) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    make(small_chunks(), own_memory(seed));
    const Handle x = array(200);
    write(x, numbered(200, 1));
    launch("mix", {x, elements(0, 1)});
    set_element(x, 150, 7);
    Values expected = numbered(200, 1);
    expected[0] = 1 * 31 + 1;
    expected[150] = 7;
    const std::uint64_t before = scheduler_->statistics().transfer_bytes;
    EXPECT_EQ(read(x), expected) << "seed " << seed;
    // All of it has come from the device, also what the mirror had.
    EXPECT_GE(scheduler_->statistics().transfer_bytes, before + x->bytes);
    EXPECT_EQ(read(x, 140, 20), Values(expected.begin() + 140, expected.begin() + 160));
  }
}

//   [write x] --> [y from x] . . .
//       `... [write x] --> [z from x]      in other memory, beside the first kernel
TEST_F(LargeCopies, AWriteDoesNotWaitForKernelsThatUseTheOldBytes) {
  int moved = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    make(small_chunks(), own_memory(seed));
    const Handle x = array(100), y = array(100), z = array(100);
    write(x, Values(100, 1));
    launch("mix", {y, {}}, {{x, {}}});
    const auto before = x->replica(Location::device(0));
    write(x, Values(100, 2));
    moved += x->replica(Location::device(0)) != before ? 1 : 0;
    launch("mix", {z, {}}, {{x, {}}});
    EXPECT_EQ(read(y), Values(100, 1 * 7 + 1)) << "seed " << seed;
    EXPECT_EQ(read(z), Values(100, 2 * 7 + 1)) << "seed " << seed;
  }
  EXPECT_GT(moved, 10);
}

TEST_F(LargeCopies, AnArrayHasAtMostTwoGenerationsOnItsDevice) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    make(small_chunks(), own_memory(seed));
    const Handle x = array(100), y = array(100);
    for (std::uint32_t value = 1; value <= 20; ++value) {
      write(x, Values(100, value));
      launch("mix", {y, {}}, {{x, {}}});
      EXPECT_LE(scheduler_->statistics().allocated_bytes, 3 * x->bytes) << "seed " << seed;
    }
    Values expected(1, 0);
    for (std::uint32_t value = 1; value <= 20; ++value) {
      expected[0] = expected[0] * 31 + value * 7 + 1;
    }
    EXPECT_EQ(read(y), Values(100, expected[0]));
  }
}

TEST_F(LargeCopies, OfPartsInUseGoToTheMirrorIfThereIsOne) {
  int on_host = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    make(small_chunks(), own_memory(seed));
    const Handle x = array(200), y = array(200);
    set_all(x, 1);
    launch("mix", {y, {}}, {{x, {}}});
    const std::uint64_t transfers = scheduler_->statistics().transfers;
    write(x, Values(50, 2), 100);
    on_host += scheduler_->statistics().transfers == transfers ? 1 : 0;
    launch("mix", {y, {}}, {{x, {}}});
    EXPECT_EQ(read(y, 0, 100), Values(100, 8 * 31 + 8)) << "seed " << seed;
    EXPECT_EQ(read(y, 100, 50), Values(50, 8 * 31 + 15)) << "seed " << seed;
  }
  EXPECT_GT(on_host, 10);
}

TEST_F(LargeCopies, MemoryThatOtherCodeKnowsStaysWhereItIs) {
  const Handle x = array(100), y = array(100);
  write(x, Values(100, 1));
  std::byte* const address = scheduler_->share(*x);
  for (const bool shared : {true, false}) {
    for (std::uint32_t value = 2; value < 10; ++value) {
      launch("mix", {y, {}}, {{x, {}}});
      write(x, Values(100, value));
    }
    EXPECT_EQ(read(x), Values(100, 9));
    if (shared) scheduler_->unshare(*x);
  }
  EXPECT_EQ(scheduler_->share(*x), address);
  scheduler_->unshare(*x);
}

TEST_F(LargeCopies, WhatTheDeviceCannotHoldIsWrittenToTheMirror) {
  VirtualOptions options = own_memory();
  options.machine.memory_bytes = 1000;
  make(small_chunks(), options);
  const Handle large = array(1000), x = array(200), y = array(10);
  write(large, numbered(1000, 3));
  EXPECT_TRUE(has_mirror(large));
  EXPECT_EQ(read(large), numbered(1000, 3));
  // No second generation fits beside the first: the write waits for the kernel.
  write(x, Values(200, 1));
  launch("mix", {y, {}}, {{x, elements(0, 10)}});
  write(x, Values(200, 2));
  EXPECT_EQ(read(y, 0, 10), Values(10, 8));
  EXPECT_EQ(read(x), Values(200, 2));
}

TEST_F(LargeCopies, GoToTheDeviceThatUsesTheArrayAndToNoneBeforeOneDoes) {
  VirtualOptions options = own_memory();
  options.machine.devices = 3;
  SchedulerConfig config = small_chunks();
  config.placement_policy = "round_robin";
  make(config, options);
  const Handle x = array(100), y = array(100);
  write(y, Values(100, 1));
  EXPECT_TRUE(has_mirror(y));
  launch("mix", {y, {}});  // on device 0
  launch("mix", {x, {}});  // on device 1
  scheduler_->sync();
  backend_->reset_observations();
  write(x, Values(100, 3));
  scheduler_->sync();
  for (const Recorded& command : backend_->commands()) EXPECT_EQ(command.to_device, 1);
  EXPECT_FALSE(backend_->commands().empty());
  EXPECT_FALSE(has_mirror(x));
  EXPECT_EQ(read(x), Values(100, 3));
}

TEST_F(LargeCopies, OfManyDevicesTheOnlyOneThatIsUsedGetsThem) {
  VirtualOptions options = own_memory();
  options.machine.devices = 3;
  make(small_chunks(), options);  // single_device
  const Handle x = array(100);
  write(x, Values(100, 3));
  EXPECT_FALSE(has_mirror(x));
  EXPECT_EQ(read(x), Values(100, 3));
}

TEST_F(LargeCopies, TheFailureOfAWriterIsRaisedByTheRead) {
  kernel("broken",
         [](const LaunchConfig&, void**) { raise(ErrorCode::KernelFailed, "on purpose"); });
  const Handle x = array(100);
  launch("broken", {x, {}});
  try {
    read(x);
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::KernelFailed);
    EXPECT_NE(error.message().find("reading an array"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("on purpose"), std::string::npos) << error.message();
  }
  // Bytes that are replaced are sound again.
  write(x, Values(100, 4));
  EXPECT_EQ(read(x), Values(100, 4));
}

TEST_F(LargeCopies, AreRefusedWhileAWritableViewIsOpen) {
  const Handle x = array(100);
  write(x, Values(100, 4));
  scheduler_->open_view(*x, {});
  EXPECT_THROW(write(x, Values(100, 5)), Error);
  EXPECT_THROW(read(x), Error);
  scheduler_->close_view(*x);
  EXPECT_EQ(read(x), Values(100, 4));
}

TEST_F(LargeCopies, FitIntoTheOperationsInFlight) {
  SchedulerConfig config = small_chunks();
  config.max_in_flight = 2;
  make(config);
  const Handle x = array(300);
  write(x, numbered(300, 0));
  EXPECT_LE(scheduler_->statistics().in_flight, 2u);
  EXPECT_EQ(read(x), numbered(300, 0));
}

TEST_F(LargeCopies, OtherThreadsSeeAWriteWholeOrNotAtAll) {
  make(small_chunks(/*threads=*/3));
  const Handle x = array(500);
  write(x, Values(500, 0));
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (std::uint32_t value = 1; value <= 200; ++value) write(x, Values(500, value));
    over = true;
  });
  std::uint32_t newest = 0;
  while (!over) {
    const Values seen = read(x);
    EXPECT_EQ(seen, Values(500, seen[0]));
    EXPECT_GE(seen[0], newest);
    newest = seen[0];
  }
  writer.join();
  EXPECT_EQ(read(x), Values(500, 200));
}

TEST_F(LargeCopies, WithinTheHostsMemoryAreMadeWhereDevicesShareIt) {
  make(small_chunks(/*threads=*/3), shared_memory());
  const Handle x = array(300);
  write(x, numbered(300, 9));
  launch("mix", {x, elements(0, 1)});
  Values expected = numbered(300, 9);
  expected[0] = 9 * 31 + 1;
  EXPECT_EQ(read(x), expected);
  EXPECT_EQ(scheduler_->statistics().transfers, 0u);
}

}  // namespace
}  // namespace sennit
