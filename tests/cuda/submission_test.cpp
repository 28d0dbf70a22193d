// cuda/submission_test.cpp: what a thread of ours queues with the driver is what the caller would
// have.
#include "backend/cuda/submission.h"

#include <thread>

#include "cuda/fake_driver.h"
#include "cuda/runtime_fixture.h"

namespace sennit::cuda {
namespace {

struct Note {
  void run() noexcept {
    numbers->push_back(number);
    *by = std::this_thread::get_id();
  }
  std::vector<int>* numbers;
  int number;
  std::thread::id* by;
};

class Submission : public FakeDriver {
 protected:
  const CudaContext context{driver, 0};
  std::vector<int> numbers;
  std::thread::id by;
};

TEST_F(Submission, WorkRunsInItsOrderWhoeverRunsIt) {
  SubmissionQueue queue(context, SubmitThread::Always);
  std::vector<int> expected;
  for (int i = 0; i < 5000; ++i) {
    expected.push_back(i);
    if (i % 7 == 3) {
      queue.run([&] { numbers.push_back(i); });
    } else {
      ASSERT_TRUE(queue.defers());
      queue.submit<Note>(Note{&numbers, i, &by});
    }
  }
  queue.flush();
  EXPECT_EQ(numbers, expected);
  EXPECT_NE(by, std::this_thread::get_id());
}

TEST_F(Submission, AFewOperationsBetweenWaitsStayWithTheCaller) {
  SubmissionQueue queue(context, SubmitThread::InBursts);
  for (int wait = 0; wait < 100; ++wait) {
    for (int i = 0; i < 20; ++i) EXPECT_FALSE(queue.defers());
    queue.end_burst();
  }
}

TEST_F(Submission, AThreadTakesABurstOver) {
  SubmissionQueue queue(context, SubmitThread::InBursts);
  while (!queue.defers()) queue.run([] {});  // until it is awake
  queue.submit<Note>(Note{&numbers, 1, &by});
  queue.flush();
  EXPECT_NE(by, std::this_thread::get_id());
  // The next burst is expected to be as long, one after a single operation is not.
  queue.end_burst();
  while (!queue.defers()) queue.run([] {});
  queue.flush();
  queue.end_burst();
  queue.defers();
  queue.end_burst();
  EXPECT_FALSE(queue.defers());
}

TEST_F(Submission, ATicketIsReachedOnceAllInFrontOfItHasRun) {
  SubmissionQueue queue(context, SubmitThread::Always);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(queue.defers());
    queue.submit<Note>(Note{&numbers, i, &by});
    const SubmissionQueue::Ticket ticket = queue.now();
    if (i % 100 != 99) continue;
    queue.wait_for(ticket);
    EXPECT_TRUE(queue.has_run(ticket));
    EXPECT_EQ(numbers.size(), static_cast<std::size_t>(i + 1));
  }
}

TEST_F(Submission, WhatWasSubmittedRunsBeforeTheQueueGoes) {
  {
    SubmissionQueue queue(context, SubmitThread::Always);
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(queue.defers());
      queue.submit<Note>(Note{&numbers, i, &by});
    }
  }
  EXPECT_EQ(numbers.size(), 300u);
}

TEST_F(Submission, UnknownWordsOfTheOptionAreRefused) {
  EXPECT_EQ(submit_thread("never"), SubmitThread::Never);
  try {
    submit_thread("sometimes");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("never, bursts or always"), std::string::npos);
  }
}

class LateRefusal : public FakeGpuRuntime {
 protected:
  LateRefusal() {
    backend.submit_thread = "always";
    backend.early_launch = false;  // one function queues every launch
  }
};

// The call that submitted it is over, so what the driver refuses is a failure of its launch, which
// whoever reads its result learns, and nobody else.
TEST_F(LateRefusal, IsAFailureOfTheLaunchAndOfWhatDependsOnIt) {
  const auto increment = build("increment"), add = build("add");
  const Array x = make(), sum = make(), other = make();
  launch(*increment, {&x});
  launch(*add, {&sum, &x});
  launch(*increment, {&other});
  runtime->scheduler().sync();
  constexpr int kTooManyResources = 701;
  gpus->refuse("cuLaunchKernel", kTooManyResources);
  launch(*increment, {&x});
  launch(*increment, {&other});
  launch(*add, {&sum, &x});
  int value = 0;
  other.read_element(0, &value);
  EXPECT_EQ(value, 2);
  for (const Array* tainted : {&x, &sum}) {
    try {
      tainted->read_element(0, &value);
      ADD_FAILURE() << "read " << value;
    } catch (const Error& error) {
      EXPECT_NE(error.message().find("launch 'increment'"), std::string::npos) << error.message();
    }
  }
}

}  // namespace
}  // namespace sennit::cuda
