// tests/random/handover_test.cpp: two host threads hand one array to and fro by naming what must be
// done first, while the runtime does not track it.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "backend/virtual/virtual_backend.h"
#include "random/kernels.h"
#include "random/subject.h"

namespace sennit::random_programs {
namespace {

// The last operation on the array, from one thread to the other.
class Mailbox {
 public:
  void put(NodeId node) {
    const std::lock_guard lock(mutex_);
    node_ = node;
    full_ = true;
    changed_.notify_all();
  }
  NodeId take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return full_; });
    full_ = false;
    return node_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  NodeId node_ = kNoNode;
  bool full_ = false;
};

constexpr int kNumber = 3;  // x[i] = 3 i + c
constexpr int kSet = 2;     // x[i] = 5 y[i] + c
constexpr std::int64_t kElements = 16;

//   writer   [number #0]     [number #1]     [number #2]
//                 |            ^     |         ^
//                 v            |     v         |
//   reader      [set]----------'   [set]-------'      the array has one value at a time
void run_handovers(std::uint64_t seed) {
  VirtualOptions machine;
  machine.seed = seed;
  machine.keep_commands = false;
  const auto runtime = Runtime::create({}, std::make_unique<VirtualBackend>(machine));
  const Kernels kernels = build_kernels(*runtime);
  const std::int64_t shape[] = {kElements};
  const Array shared = runtime->create_array(Dtype::UInt32, shape);
  Mailbox written;
  Mailbox read;
  read.put(kNoNode);
  constexpr std::uint32_t kRounds = 100;
  const auto launch = [&](int kernel, std::uint32_t c, std::vector<Argument> arrays, NodeId after) {
    std::vector<Argument> arguments{Argument::of(kElements), Argument::of(std::uint64_t{c})};
    for (const Argument& array : arrays) {
      arguments.push_back(array);
      arguments.push_back(Argument::of(std::int64_t{1}));
    }
    LaunchOptions options;
    if (after != kNoNode) options.after = {&after, 1};
    return runtime->launch(*kernels[static_cast<std::size_t>(kernel)], {}, arguments, options);
  };
  // Brought to the device: what is not tracked is not moved again.
  launch(kNumber, 0, {Argument::of(shared.view())}, kNoNode);
  runtime->scheduler().sync();

  const Argument untracked = Argument::of(shared.view(), /*untracked=*/true);
  std::thread writer([&] {
    for (std::uint32_t round = 0; round < kRounds; ++round) {
      const NodeId last_read = read.take();
      written.put(launch(kNumber, round, {untracked}, last_read));
    }
  });
  std::vector<Array> copies;
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    copies.push_back(runtime->create_array(Dtype::UInt32, shape));
    const NodeId last_write = written.take();
    read.put(launch(kSet, 1, {Argument::of(copies.back().view()), untracked}, last_write));
  }
  writer.join();
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    std::uint32_t values[kElements];
    copies[round].read(values);
    for (std::uint32_t i = 0; i < kElements; ++i) {
      ASSERT_EQ(values[i], (3 * i + round) * 5 + 1) << "seed " << seed << ", round " << round;
    }
  }
}

TEST(Handover, NamedPredecessorsOrderTheUsesOfAnArrayThatIsNotTracked) {
  register_kernels();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) run_handovers(seed);
}

TEST(Handover, AnArrayThatIsNotTrackedStaysUntilTheLaunchesThatUseItAreDone) {
  register_kernels();
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    VirtualOptions machine;
    machine.seed = seed;
    auto made = std::make_unique<VirtualBackend>(machine);
    VirtualBackend& backend = *made;
    const auto runtime = Runtime::create({}, std::move(made));
    const Kernels kernels = build_kernels(*runtime);
    const std::int64_t shape[] = {kElements};
    auto freed = std::make_unique<Array>(runtime->create_array(Dtype::UInt32, shape));
    const Array copy = runtime->create_array(Dtype::UInt32, shape);
    const std::uint32_t seven = 7;
    freed->fill(&seven);
    runtime->scheduler().sync();
    const Argument arguments[] = {Argument::of(kElements),           Argument::of(std::uint64_t{0}),
                                  Argument::of(copy.view()),         Argument::of(std::int64_t{1}),
                                  Argument::of(freed->view(), true), Argument::of(std::int64_t{1})};
    runtime->launch(*kernels[kSet], {}, arguments, {});
    freed.reset();
    copy.fill(&seven);  // what is released is given back at the next operation, or the one after
    copy.fill(&seven);
    EXPECT_NO_THROW(runtime->scheduler().sync());
    EXPECT_EQ(backend.take_misuses(), std::vector<std::string>{}) << "seed " << seed;
  }
}

}  // namespace
}  // namespace sennit::random_programs
