// backend/cpu/task.h: a piece of work that the workers of a pool share.
#pragma once

#include <atomic>
#include <cstdint>

namespace sennit::cpu {

class TaskList;

// `units` units of work, numbered from 0. Whoever submits a task keeps it alive until `finished`
// is called, which is the last that the pool does with it.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Runs units [begin, end). Called by several workers at once, for ranges that do not overlap.
  virtual void run(std::uint64_t begin, std::uint64_t end) noexcept = 0;

  // All units have run. Called once, by the last worker; adds to `ready` what can run now, which
  // may be this task again.
  virtual void finished(TaskList& ready) noexcept = 0;

  // True if one worker runs it all.
  bool is_whole() const { return chunk >= units; }

  std::uint64_t age = 0;    // the smaller runs first; see WorkerPool::take_ages
  std::uint64_t units = 1;  // >= 1
  std::uint64_t chunk = 1;  // units that a worker takes at a time, >= 1

 protected:
  ~Task() = default;

 private:
  friend class TaskList;
  friend class WorkerPool;
  Task* next_ = nullptr;                     // in a TaskList
  std::atomic<std::uint64_t> next_unit_{0};  // the first that no worker has taken
  std::uint32_t helpers_ = 0;                // workers inside `run`; guarded by the pool's mutex
};

// Tasks in a row, first in first out. Owns nothing and allocates nothing.
class TaskList {
 public:
  bool empty() const { return first_ == nullptr; }
  Task* first() const { return first_; }
  bool has_one() const { return first_ != nullptr && first_ == last_; }

  void push(Task& task) {
    task.next_ = nullptr;
    (first_ == nullptr ? first_ : last_->next_) = &task;
    last_ = &task;
  }

  // REQUIRES: not empty.
  Task& pop() {
    Task& task = *first_;
    first_ = task.next_;
    return task;
  }

 private:
  Task* first_ = nullptr;
  Task* last_ = nullptr;
};

}  // namespace sennit::cpu
