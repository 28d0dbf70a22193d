// backend/virtual/queues.cpp: one random step after another.
#include "backend/virtual/queues.h"

#include <algorithm>

#include "base/error.h"

namespace sennit {

VirtualQueues::VirtualQueues(std::uint64_t seed, std::function<void(Work&)> execute)
    : execute_(std::move(execute)), random_(seed) {}

VirtualQueue* VirtualQueues::create(int device) {
  queues_.push_back(std::make_unique<VirtualQueue>(device, next_stream_++));
  return queues_.back().get();
}

void VirtualQueues::release(VirtualQueue* queue) {
  queue->released_ = true;
  erase_if_finished(queue);
}

void VirtualQueues::erase_if_finished(VirtualQueue* queue) {
  if (!queue->released_ || !queue->items_.empty()) return;
  if (last_ == queue) last_ = nullptr;
  std::erase_if(queues_, [&](const auto& owned) { return owned.get() == queue; });
}

void VirtualQueues::push(VirtualQueue* queue, VirtualRun run) {
  if (run.works.empty()) return;
  Item item;
  item.left = run.works.size();
  item.ran.resize(run.works.size());
  item.run = std::move(run);
  pending_ += item.left;
  queue->items_.push_back(std::move(item));
}

void VirtualQueues::push_wait(VirtualQueue* queue, VirtualPointPtr point) {
  if (point->reached) return;
  Item item;
  item.wait = std::move(point);
  queue->items_.push_back(std::move(item));
}

VirtualPointPtr VirtualQueues::push_point(VirtualQueue* queue) {
  Item item;
  item.point = std::make_shared<VirtualPoint>();
  item.point->queue = queue;
  item.point->stream = queue->stream;
  VirtualPointPtr point = item.point;
  queue->items_.push_back(std::move(item));
  return point;
}

bool VirtualQueues::can_move(const VirtualQueue& queue) {
  if (queue.items_.empty()) return false;
  const Item& front = queue.items_.front();
  return front.wait == nullptr || front.wait->reached;
}

VirtualQueue* VirtualQueues::choose() {
  // Mostly the queue that moved last goes on: long runs of one stream, while others stand still,
  // break more forgotten dependencies than an even mixture does.
  if (last_ != nullptr && can_move(*last_) && draw(8) != 0) return last_;
  movable_.clear();
  for (const auto& queue : queues_) {
    if (can_move(*queue)) movable_.push_back(queue.get());
  }
  return movable_.empty() ? nullptr : movable_[draw(movable_.size())];
}

VirtualQueue* VirtualQueues::needed_by(const VirtualPoint& point) const {
  const VirtualQueue* queue = point.queue;
  while (!can_move(*queue)) queue = queue->items_.front().wait->queue;
  return const_cast<VirtualQueue*>(queue);
}

void VirtualQueues::run_one_work(Item& item) {
  const VirtualRun& run = item.run;
  const auto can_run = [&](std::size_t i) {
    if (item.ran[i]) return false;
    if (run.parents.empty()) return true;
    return std::all_of(run.parents[i].begin(), run.parents[i].end(),
                       [&](std::uint32_t parent) { return item.ran[parent]; });
  };
  // From a random place on, the first that can run.
  std::size_t i = draw(run.works.size());
  while (!can_run(i)) i = (i + 1) % run.works.size();
  execute_(item.run.works[i]);
  item.ran[i] = true;
  --item.left;
  --pending_;
}

void VirtualQueues::step(VirtualQueue* queue) {
  last_ = queue;
  Item& front = queue->items_.front();
  if (front.left != 0) run_one_work(front);
  if (front.left != 0) return;
  if (front.point != nullptr) {
    front.point->reached = true;
    front.point->queue = nullptr;
  }
  queue->items_.pop_front();
  erase_if_finished(queue);
}

void VirtualQueues::run_until(const VirtualPoint& point) {
  // Either everything may move meanwhile, or only what the waiter needs.
  const bool only_needed = draw(2) == 0;
  while (!point.reached) step(only_needed ? needed_by(point) : choose());
}

void VirtualQueues::run_by_chance() {
  if (draw(2) == 0) return;
  for (std::size_t steps = draw(12); steps != 0; --steps) {
    VirtualQueue* queue = choose();
    if (queue == nullptr) return;
    step(queue);
  }
}

void VirtualQueues::run_all() {
  while (VirtualQueue* queue = choose()) step(queue);
}

}  // namespace sennit
