// backend/cpu/cpu_graph.cpp: commands with dependencies, launched as one.
#include "backend/cpu/cpu_graph.h"

#include <algorithm>

#include "backend/cpu/cpu_stream.h"

namespace sennit::cpu {

CpuGraph::CpuGraph(unsigned workers, FailureLog& failures)
    : workers_(workers), failures_(failures) {
  plans_.push_back(std::make_shared<GraphPlan>(workers_, failures_));
  plan_ = plans_.front();
}

Graph::Node CpuGraph::add(const Command& command, std::span<const Node> dependencies,
                          CommandTag tag) {
  return plan_to_change().add(command, dependencies, tag);
}

void CpuGraph::update(Node node, const Command& command, CommandTag tag) {
  plan_to_change().update(node, command, tag);
}

void CpuGraph::launch(Stream& stream, std::span<const CommandTag> tags) {
  if (!tags.empty()) plan_to_change().rename(tags);
  CommandQueue& queue = static_cast<CpuStream&>(stream).queue();
  queue.wait(last_launch_);  // costs nothing on the same stream, or if it is over
  queue.enqueue(plan_);
  last_launch_ = queue.end();
}

GraphPlan& CpuGraph::plan_to_change() {
  if (!plan_->is_in_use()) return *plan_;
  const auto idle = std::find_if(plans_.begin(), plans_.end(),
                                 [](const auto& plan) { return !plan->is_in_use(); });
  std::shared_ptr<GraphPlan> copy =
      idle != plans_.end() ? *idle : std::make_shared<GraphPlan>(workers_, failures_);
  copy->assign(*plan_);
  if (idle == plans_.end()) plans_.push_back(copy);
  plan_ = std::move(copy);
  return *plan_;
}

}  // namespace sennit::cpu
