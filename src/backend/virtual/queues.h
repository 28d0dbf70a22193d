// backend/virtual/queues.h: the streams of a virtual machine, and the random order in which what
// they hold may run.
//
// A queue holds runs (a command, or the commands of a graph), waits and points, and only its front
// moves: a wait once its point is reached, a point at once, a run command by command. Each move is
// a step, chosen at random among the fronts that can move. Waits only name points that were
// recorded before, so something can always move.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "backend/virtual/work.h"

namespace sennit {

class VirtualQueue;

// A place in a queue, where an event was recorded.
struct VirtualPoint {
  const VirtualQueue* queue = nullptr;  // while it is not reached
  int stream = 0;
  bool reached = false;
  double time_us = 0;  // on the virtual clock
};
using VirtualPointPtr = std::shared_ptr<VirtualPoint>;

// Commands that are queued as one: `works[i]` runs after those of `parents[i]`, which are before i.
struct VirtualRun {
  std::vector<Work> works;
  std::vector<std::vector<std::uint32_t>> parents;  // empty: there is one command
};

class VirtualQueue {
 public:
  VirtualQueue(int of_device, int number) : device(of_device), stream(number) {}

  const int device;
  const int stream;     // within the backend, in order of creation
  double ready_us = 0;  // when what comes next may start, on the virtual clock

 private:
  friend class VirtualQueues;
  struct Item {
    VirtualRun run;
    std::vector<bool> ran;  // of run.works
    std::size_t left = 0;   // works that have not run
    VirtualPointPtr wait;
    VirtualPointPtr point;
  };
  std::deque<Item> items_;
  bool released_ = false;  // its stream is gone: it goes when it is empty
};

// Not thread-safe: its owner locks.
class VirtualQueues {
 public:
  // `execute` runs a work and must not throw.
  VirtualQueues(std::uint64_t seed, std::function<void(Work&)> execute);

  VirtualQueue* create(int device);
  void release(VirtualQueue* queue);

  void push(VirtualQueue* queue, VirtualRun run);
  void push_wait(VirtualQueue* queue, VirtualPointPtr point);
  // The new point, at the end of the queue.
  VirtualPointPtr push_point(VirtualQueue* queue);

  void run_until(const VirtualPoint& point);
  // Runs something, or nothing.
  void run_by_chance();
  void run_all();

  std::size_t pending() const { return pending_; }

 private:
  using Item = VirtualQueue::Item;

  // Random in [0, count).
  std::size_t draw(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  static bool can_move(const VirtualQueue& queue);
  // Of the queues that can move, one at random; nullptr if all are empty.
  VirtualQueue* choose();
  // A queue that can move, and must before the point is reached.
  VirtualQueue* needed_by(const VirtualPoint& point) const;
  void step(VirtualQueue* queue);
  void run_one_work(Item& item);
  void erase_if_finished(VirtualQueue* queue);

  std::function<void(Work&)> execute_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<VirtualQueue>> queues_;
  std::vector<VirtualQueue*> movable_;  // of `choose`, kept for its memory
  VirtualQueue* last_ = nullptr;        // that moved
  int next_stream_ = 0;
  std::size_t pending_ = 0;  // works that have not run
};

}  // namespace sennit
