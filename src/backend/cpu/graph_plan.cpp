// backend/cpu/graph_plan.cpp: the nodes of a graph, ready to be run again and again.
#include "backend/cpu/graph_plan.h"

#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {

class GraphPlan::Node final : public Task {
 public:
  explicit Node(GraphPlan& plan) : plan_(plan) {}

  void start(Progress& progress) {
    const auto split = command.start(plan_.workers_, plan_.failures_);
    units = split.units;
    chunk = split.chunk;
    progress.add_ready(*this);
  }

  void run(std::uint64_t begin, std::uint64_t end) noexcept override {
    command.run(begin, end, plan_.failures_);
  }

  void finished(TaskList& ready) noexcept override {
    Progress progress(ready);
    if (!command.finish(plan_.failures_)) {
      progress.add_ready(*this);
      return;
    }
    for (Node* dependent : dependents) {
      if (dependent->unfinished_parents.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        dependent->start(progress);
      }
    }
    // The last one ends the launch, and with it perhaps this plan.
    if (plan_.unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) plan_.end(progress);
    progress.settle();
  }

  PreparedCommand command;
  std::vector<Graph::Node> parents;
  std::vector<Node*> dependents;
  std::atomic<std::uint32_t> unfinished_parents{0};

 private:
  GraphPlan& plan_;
};

GraphPlan::GraphPlan(unsigned workers, FailureLog& failures)
    : workers_(workers), failures_(failures) {}

GraphPlan::~GraphPlan() = default;

Graph::Node GraphPlan::add(const Command& command, std::span<const Graph::Node> dependencies,
                           CommandTag tag) {
  auto node = std::make_unique<Node>(*this);
  node->command.assign(command, tag);
  for (const Graph::Node parent : dependencies) {
    if (parent >= nodes_.size()) {
      raise(ErrorCode::InvalidArgument,
            format("graph node {} depends on node {}, which has not been added yet", nodes_.size(),
                   parent));
    }
  }
  node->parents.assign(dependencies.begin(), dependencies.end());
  nodes_.push_back(std::move(node));
  for (const Graph::Node parent : dependencies) {
    nodes_[parent]->dependents.push_back(nodes_.back().get());
  }
  return static_cast<Graph::Node>(nodes_.size() - 1);
}

void GraphPlan::update(Graph::Node node, const Command& command, CommandTag tag) {
  if (node >= nodes_.size()) {
    raise(ErrorCode::InvalidArgument,
          format("graph node {} does not exist; the graph has {}", node, nodes_.size()));
  }
  if (!nodes_[node]->command.matches(command)) {
    raise(ErrorCode::InvalidArgument,
          format("graph node {} cannot become another kind of command; build a new graph", node));
  }
  nodes_[node]->command.assign(command, tag);
}

void GraphPlan::rename(std::span<const CommandTag> tags) {
  for (std::size_t i = 0; i < nodes_.size() && i < tags.size(); ++i) {
    nodes_[i]->command.rename(tags[i]);
  }
}

void GraphPlan::assign(const GraphPlan& other) {
  for (std::size_t i = nodes_.size(); i < other.nodes_.size(); ++i) {
    nodes_.push_back(std::make_unique<Node>(*this));
    nodes_[i]->parents = other.nodes_[i]->parents;
    for (const Graph::Node parent : nodes_[i]->parents) {
      nodes_[parent]->dependents.push_back(nodes_[i].get());
    }
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i]->command.assign(other.nodes_[i]->command);
  }
}

void GraphPlan::begin(CommandQueue& queue, std::uint64_t age, Progress& progress) {
  queue_ = &queue;
  if (nodes_.empty()) {
    end(progress);
    return;
  }
  unfinished_.store(nodes_.size(), std::memory_order_relaxed);
  for (const auto& node : nodes_) {
    node->age = ++age;
    node->unfinished_parents.store(static_cast<std::uint32_t>(node->parents.size()),
                                   std::memory_order_relaxed);
  }
  for (const auto& node : nodes_) {
    if (node->parents.empty()) node->start(progress);
  }
}

void GraphPlan::end(Progress& progress) {
  CommandQueue& queue = *queue_;
  launches_.fetch_sub(1, std::memory_order_release);
  queue.finish_head(progress);
}

}  // namespace sennit::cpu
