// backend/cpu/command_queue.h: the commands of one stream, run in order by the worker pool.
//
// No thread belongs to a queue. Its oldest entry is with the worker pool (a command), or parked
// at a point of another queue (a wait); whoever finishes that entry starts the next one.
//
// A point is a queue and a number: it is reached once that many of the queue's entries are done.
// So recording an event costs two words, a wait refers to the point that the event had when it
// was called, and an event recorded anew or destroyed disturbs nobody.
//
//   entry done --> finish_head: counts it, releases the waiters whose number is reached,
//                  starts the next entry: a task for the pool, or a wait that parks or passes
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/failure_log.h"
#include "backend/cpu/prepared_command.h"
#include "backend/cpu/task.h"
#include "backend/cpu/worker_pool.h"
#include "base/mutex.h"

namespace sennit::cpu {

class CommandQueue;
class GraphPlan;
class Progress;

// A point in a queue's work. Queues live as long as their device, so points stay valid.
struct Point {
  CommandQueue* queue = nullptr;  // nullptr: reached from the start
  std::uint64_t number = 0;

  bool is_reached() const;
  // Blocks until it is reached.
  void sync() const;
};

// Whoever waits for a point.
class Waiter {
 public:
  // Called once, without any lock. The waiter may be gone when this returns.
  virtual void reached(Progress& progress) = 0;

 protected:
  Waiter() = default;
  ~Waiter() = default;

 private:
  friend class CommandQueue;
  friend class Progress;
  std::uint64_t number_ = 0;
  Waiter* next_ = nullptr;
};

// What the end of an entry sets free: tasks for the pool, and waiters, which set free more.
class Progress {
 public:
  explicit Progress(TaskList& ready) : ready_(ready) {}

  void add_ready(Task& task) { ready_.push(task); }
  void add_reached(Waiter& waiter);
  // Calls the waiters until none is left. A loop, not a recursion: chains of waits may be long.
  void settle();

 private:
  TaskList& ready_;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

// Commands are added by one thread at a time (the scheduler's lock sees to it).
class CommandQueue {
 public:
  // Belongs to one stream from the start.
  CommandQueue(WorkerPool& pool, FailureLog& failures);
  ~CommandQueue();
  CommandQueue(const CommandQueue&) = delete;
  CommandQueue& operator=(const CommandQueue&) = delete;

  // Raises without queueing.
  void enqueue(const Command& command, CommandTag tag);
  void enqueue(std::shared_ptr<GraphPlan> plan);
  // Work enqueued later waits for the point.
  void wait(const Point& point);
  // The end of the work enqueued so far.
  Point end() { return {this, enqueued_}; }

  bool has_reached(std::uint64_t number) const {
    return done_.load(std::memory_order_acquire) >= number;
  }
  // The stream that the queue belongs to is gone; its work goes on.
  void give_back() { lent_.store(false, std::memory_order_release); }
  // Belongs to a new stream, if it belongs to none and its work is done. One thread at a time.
  bool lend_again() {
    if (lent_.load(std::memory_order_acquire) || !has_reached(enqueued_)) return false;
    lent_.store(true, std::memory_order_relaxed);
    return true;
  }
  // False if the number is reached already; else `waiter` will be told.
  bool park(Waiter& waiter, std::uint64_t number) SENNIT_EXCLUDES(mutex_);

  // The oldest entry is done. For whoever ran it; nobody else moves the queue forward.
  void finish_head(Progress& progress) SENNIT_EXCLUDES(mutex_);

 private:
  class Entry;

  Entry& spare_entry() SENNIT_EXCLUDES(mutex_);
  void push(Entry& entry) SENNIT_EXCLUDES(mutex_);

  // Constant after construction.
  WorkerPool& pool_;
  FailureLog& failures_;

  // Touched only by whoever adds commands.
  std::uint64_t enqueued_ = 0;
  Entry* spare_ = nullptr;
  std::vector<std::unique_ptr<Entry[]>> slabs_;

  std::atomic<std::uint64_t> done_{0};  // written under the mutex
  std::atomic<bool> lent_{true};

  Mutex mutex_;
  Entry* head_ SENNIT_GUARDED_BY(mutex_) = nullptr;      // the oldest, started
  Entry* tail_ SENNIT_GUARDED_BY(mutex_) = nullptr;      // the youngest
  Entry* returned_ SENNIT_GUARDED_BY(mutex_) = nullptr;  // done, to be used again
  Waiter* waiters_ SENNIT_GUARDED_BY(mutex_) = nullptr;  // in no order
};

inline bool Point::is_reached() const { return queue == nullptr || queue->has_reached(number); }

}  // namespace sennit::cpu
