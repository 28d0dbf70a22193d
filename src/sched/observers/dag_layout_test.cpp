#include "sched/observers/dag_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace sennit {
namespace {

using Parents = std::vector<std::vector<std::uint32_t>>;

//   [0] --> [1] --> [3]
//     `---> [2] ----'
TEST(DagLayout, ChildrenStandInTheColumnAfterTheirParents) {
  const DagLayout layout = lay_out_dag(Parents{{}, {0}, {0}, {1, 2}});
  EXPECT_EQ(layout.column, (std::vector<std::size_t>{0, 1, 1, 2}));
  EXPECT_NE(layout.y[1], layout.y[2]);
  EXPECT_DOUBLE_EQ(layout.y[3], (layout.y[1] + layout.y[2]) / 2);
}

//   [0] --> [1] --> [2]
//                   [3] --> [4]     3 has no parents, and 4 follows 2 as well
TEST(DagLayout, WhatHasNoParentsStandsBesideItsChild) {
  const DagLayout layout = lay_out_dag(Parents{{}, {0}, {1}, {}, {2, 3}});
  EXPECT_EQ(layout.column, (std::vector<std::size_t>{0, 1, 2, 2, 3}));
  EXPECT_TRUE(layout.trunk[3].empty());
}

//   [0] --> [1] --> [2]
//     `-------------'          passes below or above 1
TEST(DagLayout, ALongEdgePassesBesideTheBoxes) {
  const DagLayout layout = lay_out_dag(Parents{{}, {0}, {0, 1}});
  ASSERT_EQ(layout.trunk[0].size(), 1u);
  EXPECT_GE(std::abs(layout.trunk[0][0] - layout.y[1]), 20);
}

TEST(DagLayout, NothingOverlapsInRandomGraphs) {
  const DagSpacing spacing;
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Parents parents(1 + random() % 60);
    for (std::uint32_t node = 1; node < parents.size(); ++node) {
      for (std::size_t i = random() % 4; i > 0; --i)
        parents[node].push_back(static_cast<std::uint32_t>(random() % node));
    }
    const DagLayout layout = lay_out_dag(parents, spacing);
    // By column: the middle and the height of what is there.
    std::vector<std::vector<std::pair<double, double>>> columns(parents.size());
    for (std::uint32_t node = 0; node < parents.size(); ++node) {
      ASSERT_GE(layout.y[node], 0);
      columns[layout.column[node]].emplace_back(layout.y[node], spacing.node);
      for (std::size_t k = 0; k < layout.trunk[node].size(); ++k) {
        columns[layout.column[node] + 1 + k].emplace_back(layout.trunk[node][k], spacing.trunk);
      }
      for (const std::uint32_t parent : parents[node]) {
        ASSERT_LT(layout.column[parent], layout.column[node]);
        ASSERT_GE(layout.trunk[parent].size() + layout.column[parent] + 1, layout.column[node]);
      }
    }
    for (auto& column : columns) {
      std::sort(column.begin(), column.end());
      for (std::size_t i = 1; i < column.size(); ++i) {
        const double apart = (column[i].second + column[i - 1].second) / 2;
        ASSERT_GE(column[i].first - column[i - 1].first, apart - 1e-9) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace sennit
