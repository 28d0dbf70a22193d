// backend/cpu/command_queue.cpp: the commands of one stream, run in order by the worker pool.
#include "backend/cpu/command_queue.h"

#include <chrono>
#include <utility>

#include "backend/cpu/graph_plan.h"
#include "backend/cpu/parker.h"

namespace sennit::cpu {
namespace {

// Most waits of a host that looks at results one by one are for short work: sleeping and being
// woken takes longer than that work. Longer than this it is not worth a core.
constexpr std::chrono::microseconds kHostPatience{25};

class SleepingHost final : public Waiter {
 public:
  void reached(Progress&) override { parker_.unpark(); }
  void sleep() { parker_.park(); }

 private:
  Parker parker_;
};

}  // namespace

void Point::sync() const {
  if (is_reached() || spin_until([this] { return is_reached(); }, kHostPatience)) return;
  SleepingHost host;
  if (queue->park(host, number)) host.sleep();
}

// ---- Progress ----------------------------------------------------------------------------------

void Progress::add_reached(Waiter& waiter) {
  waiter.next_ = nullptr;
  (first_ == nullptr ? first_ : last_->next_) = &waiter;
  last_ = &waiter;
}

void Progress::settle() {
  while (first_ != nullptr) {
    Waiter& waiter = *first_;
    first_ = waiter.next_;
    waiter.reached(*this);
  }
}

// ---- Entry -------------------------------------------------------------------------------------

// A command, a graph to launch, or a wait. Entries are used again and again: the steady state
// allocates nothing.
class CommandQueue::Entry final : public Task, public Waiter {
 public:
  enum class Kind : std::uint8_t { Command, Graph, Wait };

  // This entry has become the queue's oldest. Afterwards it may be gone.
  void start(Progress& progress) {
    if (kind == Kind::Wait) {
      if (!target.queue->park(*this, target.number)) progress.add_reached(*this);
      return;
    }
    units = chunk = 1;
    if (kind == Kind::Command) {
      const auto split = command.start(queue->pool_.workers(), queue->failures_);
      units = split.units;
      chunk = split.chunk;
    }
    progress.add_ready(*this);
  }

  void run(std::uint64_t begin, std::uint64_t end) noexcept override {
    if (kind == Kind::Command) command.run(begin, end, queue->failures_);
  }

  void finished(TaskList& ready) noexcept override {
    Progress progress(ready);
    if (kind == Kind::Graph) {
      plan->begin(*queue, age, progress);
    } else if (command.finish(queue->failures_)) {
      queue->finish_head(progress);
    } else {
      progress.add_ready(*this);
    }
    progress.settle();
  }

  // The wait is over.
  void reached(Progress& progress) override { queue->finish_head(progress); }

  CommandQueue* queue = nullptr;
  Entry* behind = nullptr;  // the next younger; among spare entries: the next
  Kind kind = Kind::Command;
  Point target;                     // of a wait
  std::shared_ptr<GraphPlan> plan;  // of a graph
  PreparedCommand command;
};

// ---- CommandQueue ------------------------------------------------------------------------------

CommandQueue::CommandQueue(WorkerPool& pool, FailureLog& failures)
    : pool_(pool), failures_(failures) {}

CommandQueue::~CommandQueue() = default;

void CommandQueue::enqueue(const Command& command, CommandTag tag) {
  Entry& entry = spare_entry();
  entry.command.assign(command, tag);
  entry.kind = Entry::Kind::Command;
  entry.age = pool_.take_ages(1);
  push(entry);
}

void CommandQueue::enqueue(std::shared_ptr<GraphPlan> plan) {
  Entry& entry = spare_entry();
  entry.age = pool_.take_ages(plan->node_count() + 1);
  plan->reserve();
  entry.plan = std::move(plan);
  entry.kind = Entry::Kind::Graph;
  push(entry);
}

void CommandQueue::wait(const Point& point) {
  if (point.queue == this || point.is_reached()) return;
  Entry& entry = spare_entry();
  entry.target = point;
  entry.kind = Entry::Kind::Wait;
  push(entry);
}

CommandQueue::Entry& CommandQueue::spare_entry() {
  if (spare_ == nullptr) {
    Lock lock(mutex_);
    spare_ = std::exchange(returned_, nullptr);
  }
  if (spare_ == nullptr) {
    constexpr std::size_t kSlabEntries = 16;
    slabs_.push_back(std::make_unique<Entry[]>(kSlabEntries));
    for (std::size_t i = 0; i < kSlabEntries; ++i) {
      Entry& entry = slabs_.back()[i];
      entry.queue = this;
      entry.behind = std::exchange(spare_, &entry);
    }
  }
  return *spare_;
}

void CommandQueue::push(Entry& entry) {
  spare_ = entry.behind;
  entry.behind = nullptr;
  ++enqueued_;
  {
    Lock lock(mutex_);
    Entry* const before = std::exchange(tail_, &entry);
    if (before != nullptr) {
      before->behind = &entry;
      return;
    }
    head_ = &entry;
  }
  TaskList ready;
  Progress progress(ready);
  entry.start(progress);
  progress.settle();
  pool_.submit(ready);
}

bool CommandQueue::park(Waiter& waiter, std::uint64_t number) {
  Lock lock(mutex_);
  if (done_.load(std::memory_order_relaxed) >= number) return false;
  waiter.number_ = number;
  waiter.next_ = std::exchange(waiters_, &waiter);
  return true;
}

void CommandQueue::finish_head(Progress& progress) {
  std::shared_ptr<GraphPlan> plan;  // outlives the lock: it may be the last owner
  Entry* next = nullptr;
  {
    Lock lock(mutex_);
    Entry& entry = *head_;
    plan = std::move(entry.plan);
    next = head_ = entry.behind;
    if (head_ == nullptr) tail_ = nullptr;
    entry.behind = std::exchange(returned_, &entry);
    const std::uint64_t done = done_.load(std::memory_order_relaxed) + 1;
    done_.store(done, std::memory_order_release);
    for (Waiter** link = &waiters_; *link != nullptr;) {
      Waiter& waiter = **link;
      if (waiter.number_ > done) {
        link = &waiter.next_;
      } else {
        *link = waiter.next_;
        progress.add_reached(waiter);
      }
    }
  }
  if (next != nullptr) next->start(progress);
}

}  // namespace sennit::cpu
