// backend/cpu/worker_pool_test.cpp: every unit runs once, old tasks first, none is lost.
#include "backend/cpu/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <vector>

#include "backend/cpu/device_fixture.h"

namespace sennit::cpu {
namespace {

class TestTask final : public Task {
 public:
  using Body = std::function<void(std::uint64_t begin, std::uint64_t end)>;
  using Then = std::function<void(TaskList& ready)>;

  explicit TestTask(Body body = nullptr, Then then = nullptr)
      : body_(std::move(body)), then_(std::move(then)) {}
  void run(std::uint64_t begin, std::uint64_t end) noexcept override {
    if (body_) body_(begin, end);
  }
  void finished(TaskList& ready) noexcept override {
    ++times_finished;
    if (then_) then_(ready);
  }
  std::atomic<int> times_finished{0};

 private:
  Body body_;
  Then then_;
};

void submit(WorkerPool& pool, Task& task) {
  TaskList list;
  list.push(task);
  pool.submit(list);
}

TEST(WorkerPool, RunsEveryUnitOnceHoweverItIsShared) {
  for (const std::uint64_t chunk : {1u, 7u, 1000u, 5000u}) {
    std::vector<std::atomic<int>> runs(1000);
    TestTask task([&](std::uint64_t begin, std::uint64_t end) {
      for (std::uint64_t i = begin; i < end; ++i) ++runs[i];
    });
    task.units = runs.size();
    task.chunk = chunk;
    {
      WorkerPool pool(4);
      submit(pool, task);
    }
    for (const auto& count : runs) EXPECT_EQ(count, 1);
    EXPECT_EQ(task.times_finished, 1);
  }
}

TEST(WorkerPool, SharesATaskAmongAllWorkers) {
  Gate gate;
  TestTask task([&](std::uint64_t, std::uint64_t) { gate.pass(); });
  task.units = 4;
  WorkerPool pool(4);
  submit(pool, task);
  gate.await_arrivals(4);  // would hang if fewer workers took part
  gate.open();
}

TEST(WorkerPool, RunsTheOldestReadyTaskFirst) {
  Gate gate;
  std::vector<std::uint64_t> order;
  std::deque<TestTask> tasks;
  TestTask blocker([&](std::uint64_t, std::uint64_t) { gate.pass(); });
  {
    WorkerPool pool(1);
    submit(pool, blocker);
    gate.await_arrivals(1);
    for (const std::uint64_t age : {5u, 2u, 9u, 1u, 7u}) {
      tasks.emplace_back([&order, age](std::uint64_t, std::uint64_t) { order.push_back(age); });
      tasks.back().age = age;
      submit(pool, tasks.back());
    }
    gate.open();
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2, 5, 7, 9}));
}

// An older task that became ready in the meantime goes before what the last one set free.
TEST(WorkerPool, ContinuationsDoNotOvertakeOlderTasks) {
  Gate gate;
  std::vector<int> order;
  TestTask continuation([&](std::uint64_t, std::uint64_t) { order.push_back(2); });
  continuation.age = 20;
  TestTask first([&](std::uint64_t, std::uint64_t) { gate.pass(); },
                 [&](TaskList& ready) { ready.push(continuation); });
  first.age = 1;
  TestTask older([&](std::uint64_t, std::uint64_t) { order.push_back(1); });
  older.age = 10;
  {
    WorkerPool pool(1);
    submit(pool, first);
    gate.await_arrivals(1);
    submit(pool, older);
    gate.open();
  }
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(WorkerPool, ATaskMayRunAgainAndAgain) {
  for (const std::uint64_t chunk : {1u, 64u}) {
    std::atomic<int> units{0};
    int rounds = 0;
    TestTask task(
        [&](std::uint64_t begin, std::uint64_t end) { units += static_cast<int>(end - begin); },
        [&](TaskList& ready) {
          if (++rounds < 100) ready.push(task);
        });
    task.units = 64;
    task.chunk = chunk;
    {
      WorkerPool pool(3);
      submit(pool, task);
    }
    EXPECT_EQ(units, 6400);
    EXPECT_EQ(task.times_finished, 100);
  }
}

// The tail of one task is filled by the next: both are inside `run` at the same time.
TEST(WorkerPool, OverlapsTasks) {
  Gate gate;
  std::deque<TestTask> tasks;
  WorkerPool pool(3);
  for (int i = 0; i < 3; ++i) {
    tasks.emplace_back([&](std::uint64_t, std::uint64_t) { gate.pass(); });
    tasks.back().age = pool.take_ages(1);
    submit(pool, tasks.back());
  }
  gate.await_arrivals(3);
  gate.open();
}

TEST(WorkerPool, LosesNoTaskWhenSubmissionsMeetWorkersThatFallAsleep) {
  constexpr int kTasks = 2000;
  std::atomic<int> done{0};
  std::deque<TestTask> tasks;
  WorkerPool pool(3);
  for (int i = 0; i < kTasks; ++i) {
    tasks.emplace_back(nullptr, [&](TaskList&) { ++done; });
    tasks.back().age = pool.take_ages(1);
    submit(pool, tasks.back());
    // Now and then all workers run out of patience before the next one comes.
    if (i % 50 == 0) {
      while (done != i + 1) std::this_thread::yield();
      spin_until([] { return false; }, std::chrono::microseconds(i % 200));
    }
  }
  while (done != kTasks) std::this_thread::yield();
}

TEST(WorkerPool, DestructionRunsWhatTasksSetFree) {
  std::deque<TestTask> chain;
  std::atomic<int> done{0};
  constexpr int kLength = 500;
  for (int i = 0; i < kLength; ++i) {
    chain.emplace_back(nullptr, [&chain, &done, i](TaskList& ready) {
      ++done;
      if (i + 1 < kLength) ready.push(chain[static_cast<std::size_t>(i) + 1]);
    });
    chain.back().age = static_cast<std::uint64_t>(i);
  }
  {
    WorkerPool pool(2);
    submit(pool, chain.front());
  }
  EXPECT_EQ(done, kLength);
}

TEST(WorkerPool, TasksAreSubmittedFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::atomic<int> done{0};
  std::vector<std::deque<TestTask>> tasks(kThreads);
  {
    WorkerPool pool(2);
    std::vector<std::thread> threads;
    for (auto& own : tasks) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          own.emplace_back(nullptr, [&](TaskList&) { ++done; });
          own.back().age = pool.take_ages(1);
          submit(pool, own.back());
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(done, kThreads * kEach);
}

}  // namespace
}  // namespace sennit::cpu
