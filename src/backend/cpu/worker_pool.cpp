// backend/cpu/worker_pool.cpp: how workers find tasks, sleep and wake each other.
#include "backend/cpu/worker_pool.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/signals_blocked.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

using std::chrono::microseconds;

// A futex wake-up takes some 5 us from call to running thread (more in a virtual machine), so
// looking pays off for gaps of a few times that; a worker that looked in vain looks half as long
// the next time, and not at all in the end but for the shortest gaps.
constexpr microseconds kMostPatience{50};
constexpr microseconds kLeastPatience{2};

}  // namespace

WorkerPool::WorkerPool(unsigned workers) : most_looking_(std::max(1u, workers / 2)) {
  ready_.reserve(64);
  asleep_.reserve(workers);
  for (unsigned i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->patience = kMostPatience;
  }
  const SignalsBlocked blocked;
  try {
    for (unsigned i = 0; i < workers; ++i) {
      Worker& worker = *workers_[i];
      worker.thread = std::thread([this, &worker] { work(worker); });
      pthread_setname_np(worker.thread.native_handle(), format("sennit-cpu-{}", i).c_str());
    }
  } catch (const std::system_error& error) {
    close();
    raise(ErrorCode::Unavailable,
          format("cannot start {} worker threads: {}; raise the limit on threads (ulimit -u), or "
                 "confine the process to fewer cores",
                 workers, error.what()));
  }
}

WorkerPool::~WorkerPool() { close(); }

void WorkerPool::close() {
  std::vector<Worker*> asleep;
  {
    Lock lock(mutex_);
    closing_ = true;
    asleep.swap(asleep_);
  }
  for (Worker* worker : asleep) worker->parker.unpark();
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void WorkerPool::submit(TaskList tasks) {
  if (tasks.empty()) return;
  Wakeups wakeups;
  Lock lock(mutex_);
  insert(tasks);
  // A worker that looks for work will find this, and wake others if there is more.
  if (looking_ == 0) choose_wakeups(wakeups);
}

void WorkerPool::work(Worker& self) {
  Task* task = take(self);
  while (task != nullptr) {
    TaskList ready;
    if (task->is_whole()) {
      task->run(0, task->units);
      task->finished(ready);
    } else if (help(*task)) {
      task->finished(ready);
    }
    task = next(self, ready);
  }
}

bool WorkerPool::help(Task& task) {
  for (;;) {
    const std::uint64_t begin = task.next_unit_.fetch_add(task.chunk, std::memory_order_relaxed);
    if (begin >= task.units) break;
    task.run(begin, std::min(begin + task.chunk, task.units));
  }
  Lock lock(mutex_);
  drop(task);
  return --task.helpers_ == 0;
}

Task* WorkerPool::next(Worker& self, TaskList ready) {
  if (ready.empty()) return take(self);
  // The common case, a chain of short tasks: nobody else needs to know of the next one.
  Task* only = ready.first();
  if (ready.has_one() && only->is_whole() && only->age <= oldest_.load(std::memory_order_relaxed)) {
    return only;
  }
  Wakeups wakeups;
  Lock lock(mutex_);
  insert(ready);
  Task* task = pick();
  choose_wakeups(wakeups);
  return task;
}

Task* WorkerPool::take(Worker& self) {
  for (bool may_look = true;;) {
    bool looks = false;
    {
      Wakeups wakeups;
      Lock lock(mutex_);
      if (Task* task = pick()) {
        choose_wakeups(wakeups);
        return task;
      }
      if (closing_) return nullptr;
      looks = may_look && looking_ < most_looking_;
      if (looks) {
        ++looking_;
      } else {
        asleep_.push_back(&self);
      }
    }
    if (!looks) {
      self.parker.park();
      may_look = true;
      continue;
    }
    may_look = look(self);
    // Whoever submits between the last look and this lock relies on `looking_`: the loop picks
    // once more before it sleeps.
    Lock lock(mutex_);
    --looking_;
  }
}

bool WorkerPool::look(Worker& self) {
  const bool found = spin_until([this] { return oldest_.load(std::memory_order_relaxed) != kNone; },
                                self.patience);
  self.patience = found ? std::min<std::chrono::nanoseconds>(self.patience * 2, kMostPatience)
                        : std::max<std::chrono::nanoseconds>(self.patience / 2, kLeastPatience);
  return found;
}

void WorkerPool::insert(TaskList tasks) {
  while (!tasks.empty()) {
    Task& task = tasks.pop();
    task.next_unit_.store(0, std::memory_order_relaxed);
    task.helpers_ = 0;
    // As often as not it is the youngest, or with few streams one of few.
    ready_.insert(
        std::lower_bound(ready_.begin(), ready_.end(), task.age,
                         [](const Task* other, std::uint64_t age) { return other->age > age; }),
        &task);
  }
  publish_oldest();
}

Task* WorkerPool::pick() {
  Task* task = nullptr;
  while (!ready_.empty() && task == nullptr) {
    Task* oldest = ready_.back();
    if (oldest->is_whole()) {
      task = oldest;
      ready_.pop_back();
    } else if (oldest->next_unit_.load(std::memory_order_relaxed) >= oldest->units) {
      ready_.pop_back();  // those inside will finish it
    } else {
      task = oldest;
      ++oldest->helpers_;
      break;  // stays ready: others may join
    }
  }
  publish_oldest();
  return task;
}

void WorkerPool::drop(const Task& task) {
  const auto found = std::find(ready_.rbegin(), ready_.rend(), &task);
  if (found == ready_.rend()) return;
  ready_.erase(std::next(found).base());
  publish_oldest();
}

void WorkerPool::publish_oldest() {
  oldest_.store(ready_.empty() ? kNone : ready_.back()->age, std::memory_order_relaxed);
}

void WorkerPool::choose_wakeups(Wakeups& wakeups) {
  if (ready_.empty()) return;
  const std::size_t wanted =
      ready_.back()->is_whole() ? std::min(ready_.size(), Wakeups::kMost) : Wakeups::kMost;
  while (wakeups.count < wanted && !asleep_.empty()) {
    wakeups.workers[wakeups.count++] = asleep_.back();
    asleep_.pop_back();
  }
}

}  // namespace sennit::cpu
