// backend/cpu/cpu_graph.h: commands with dependencies, launched as one.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/command_queue.h"
#include "backend/cpu/graph_plan.h"

namespace sennit::cpu {

// A launch uses the plan that the graph has at that time. A graph that is changed while launches
// of it are queued or running goes on with another plan, a copy.
class CpuGraph final : public Graph {
 public:
  CpuGraph(unsigned workers, FailureLog& failures);

  Node add(const Command& command, std::span<const Node> dependencies, CommandTag tag) override;
  void update(Node node, const Command& command, CommandTag tag) override;
  void launch(Stream& stream, std::span<const CommandTag> tags = {}) override;

 private:
  GraphPlan& plan_to_change();

  const unsigned workers_;
  FailureLog& failures_;
  std::vector<std::shared_ptr<GraphPlan>> plans_;  // as many as were ever in use at once
  std::shared_ptr<GraphPlan> plan_;                // one of them: the current one
  Point last_launch_;
};

}  // namespace sennit::cpu
