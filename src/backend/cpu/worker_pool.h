// backend/cpu/worker_pool.h: the threads that run everything the CPU device is asked to do.
//
// Workers take chunks of the oldest ready task and go on to the next when it has none left: so
// tasks of several streams overlap, and the tail of one is filled by the next. A short task is
// run whole by one worker, which then continues with what that set free, without a lock of ours.
//
// Waking a thread costs its waker some microseconds. So an idle pool keeps a few workers looking
// for work for a while (as long as looking pays off: see `Worker::patience`), a submission wakes
// at most two, and those wake more if there is more to do.
//
// After fork() the child has no workers: it must not use the backend that its parent made, nor
// destroy it (open a new one, or exec).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "backend/cpu/parker.h"
#include "backend/cpu/task.h"
#include "base/mutex.h"

namespace sennit::cpu {

class WorkerPool {
 public:
  // `workers` >= 1. Raises Unavailable if the system refuses a thread.
  explicit WorkerPool(unsigned workers);
  // Runs all that was submitted, and what that sets free, to its end.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  unsigned workers() const { return static_cast<unsigned>(workers_.size()); }

  // The first of `count` consecutive ages, younger than all taken before.
  std::uint64_t take_ages(std::uint64_t count) {
    return next_age_.fetch_add(count, std::memory_order_relaxed);
  }

  // Has the workers run the tasks, and returns. Any thread.
  void submit(TaskList tasks) SENNIT_EXCLUDES(mutex_);

 private:
  struct Worker {
    Parker parker;
    std::chrono::nanoseconds patience;  // how long it looks for work before it sleeps
    std::thread thread;
  };
  // Workers to wake once the mutex is released.
  struct Wakeups {
    static constexpr std::size_t kMost = 2;
    Worker* workers[kMost];
    std::size_t count = 0;
    ~Wakeups() {
      for (std::size_t i = 0; i < count; ++i) workers[i]->parker.unpark();
    }
  };

  void work(Worker& self);
  // Runs chunks of a shared task until it has none left; true for the last worker to leave it.
  bool help(Task& task) SENNIT_EXCLUDES(mutex_);
  // What to do after a task that set `ready` free; nullptr when the pool closes.
  Task* next(Worker& self, TaskList ready) SENNIT_EXCLUDES(mutex_);
  // Waits for something to do.
  Task* take(Worker& self) SENNIT_EXCLUDES(mutex_);
  // True if looking for work for a while has found some.
  bool look(Worker& self);

  void insert(TaskList tasks) SENNIT_REQUIRES(mutex_);
  Task* pick() SENNIT_REQUIRES(mutex_);
  void drop(const Task& task) SENNIT_REQUIRES(mutex_);
  void publish_oldest() SENNIT_REQUIRES(mutex_);
  void choose_wakeups(Wakeups& wakeups) SENNIT_REQUIRES(mutex_);
  void close();

  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

  // Constant after construction.
  std::vector<std::unique_ptr<Worker>> workers_;
  unsigned most_looking_ = 1;

  std::atomic<std::uint64_t> next_age_{0};
  // The age of the oldest ready task, kNone if there is none: written under the mutex, read
  // without by those who look for work.
  std::atomic<std::uint64_t> oldest_{kNone};

  Mutex mutex_;
  std::vector<Task*> ready_ SENNIT_GUARDED_BY(mutex_);     // youngest first: the oldest is popped
  std::vector<Worker*> asleep_ SENNIT_GUARDED_BY(mutex_);  // the last to fall asleep is woken first
  unsigned looking_ SENNIT_GUARDED_BY(mutex_) = 0;
  bool closing_ SENNIT_GUARDED_BY(mutex_) = false;
};

}  // namespace sennit::cpu
