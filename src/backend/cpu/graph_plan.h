// backend/cpu/graph_plan.h: the nodes of a graph, ready to be run again and again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/command_queue.h"
#include "backend/cpu/failure_log.h"
#include "backend/cpu/prepared_command.h"
#include "backend/cpu/task.h"

namespace sennit::cpu {

// Runs at most once at a time. Changed only while no launch of it is queued or running.
class GraphPlan {
 public:
  GraphPlan(unsigned workers, FailureLog& failures);
  ~GraphPlan();
  GraphPlan(const GraphPlan&) = delete;
  GraphPlan& operator=(const GraphPlan&) = delete;

  std::size_t node_count() const { return nodes_.size(); }
  Graph::Node add(const Command& command, std::span<const Graph::Node> dependencies,
                  CommandTag tag);
  // Raises InvalidArgument if the command is of another kind than the node's; changes nothing
  // then.
  void update(Graph::Node node, const Command& command, CommandTag tag);
  // Gives each node another tag.
  void rename(std::span<const CommandTag> tags);
  // Becomes the same as `other`.
  void assign(const GraphPlan& other);

  // A launch has been queued: the plan must not be changed until it is done.
  void reserve() { launches_.fetch_add(1, std::memory_order_relaxed); }
  bool is_in_use() const { return launches_.load(std::memory_order_acquire) != 0; }

  // Starts the nodes that wait for none. The last node to end finishes `queue`'s oldest entry.
  // Nodes get the ages behind `age`, in the order in which they were added.
  void begin(CommandQueue& queue, std::uint64_t age, Progress& progress);

 private:
  class Node;
  void end(Progress& progress);

  // Constant after construction.
  const unsigned workers_;
  FailureLog& failures_;

  std::atomic<std::uint32_t> launches_{0};
  // Constant while in use.
  std::vector<std::unique_ptr<Node>> nodes_;
  // Of the current launch.
  CommandQueue* queue_ = nullptr;
  std::atomic<std::size_t> unfinished_{0};
};

}  // namespace sennit::cpu
