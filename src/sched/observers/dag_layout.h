// sched/observers/dag_layout.h: where to draw the nodes of a DAG, and where its edges pass.
//
// Columns by depth, edges from left to right. An edge to the next column lies in the gap between
// the two. What reaches further shares one trunk with the other long edges of its node, and the
// trunk has a place of its own in each column that it passes: no edge runs through a box.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sennit {

// Between the middles of neighbours in a column.
struct DagSpacing {
  double node = 34;
  double trunk = 12;
};

struct DagLayout {
  std::vector<std::size_t> column;  // by node
  std::vector<double> y;            // by node; the topmost is at 0
  // By node: where its long edges pass the columns after its own.
  std::vector<std::vector<double>> trunk;
  double height = 0;  // of the lowest node or trunk
};

// `parents` by node; each parent comes before its children.
DagLayout lay_out_dag(std::span<const std::vector<std::uint32_t>> parents,
                      const DagSpacing& spacing = {});

}  // namespace sennit
