#include "sched/observers/dag_layout.h"

#include <algorithm>

namespace sennit {
namespace {

// What needs a place in a column: a node's box, or its trunk passing by.
struct Item {
  std::uint32_t node;
  bool is_trunk;
  double wanted;  // y
};

constexpr std::uint32_t kNone = 0xffffffffu;

// One column right of its last parent; what has no parents, one left of its first child.
// `first_child`, by node: the one that stands furthest left; kNone if there is none.
std::vector<std::size_t> columns_of(std::span<const std::vector<std::uint32_t>> parents,
                                    std::vector<std::uint32_t>& first_child) {
  std::vector<std::size_t> column(parents.size(), 0);
  first_child.assign(parents.size(), kNone);
  for (std::size_t node = 0; node < parents.size(); ++node) {
    for (const std::uint32_t parent : parents[node]) {
      column[node] = std::max(column[node], column[parent] + 1);
    }
  }
  for (std::uint32_t node = 0; node < parents.size(); ++node) {
    for (const std::uint32_t parent : parents[node]) {
      std::uint32_t& first = first_child[parent];
      if (first == kNone || column[node] < column[first]) first = node;
    }
  }
  for (std::size_t node = 0; node < parents.size(); ++node) {
    if (parents[node].empty() && first_child[node] != kNone) {
      column[node] = column[first_child[node]] - 1;
    }
  }
  return column;
}

// Gives the items of a column, in this order, the places that are nearest to those they want (least
// squares) and far enough apart.
std::vector<double> spread(std::span<const Item> items, const DagSpacing& spacing) {
  struct Block {
    double sum;  // of what its items want, less what stands before each in the column
    double count;
    double place() const { return std::max(0.0, sum / count); }
  };
  std::vector<double> before(items.size(), 0);
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) {
      const bool slim = items[i].is_trunk && items[i - 1].is_trunk;
      const bool mixed = items[i].is_trunk != items[i - 1].is_trunk;
      before[i] = before[i - 1] + (slim    ? spacing.trunk
                                   : mixed ? (spacing.node + spacing.trunk) / 2
                                           : spacing.node);
    }
    blocks.push_back({items[i].wanted - before[i], 1});
    // Items that would overlap move as one.
    while (blocks.size() > 1 && blocks[blocks.size() - 2].place() >= blocks.back().place()) {
      const Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().count += last.count;
    }
  }
  std::vector<double> places;
  for (const Block& block : blocks) {
    for (double k = 0; k < block.count; ++k) {
      places.push_back(block.place() + before[places.size()]);
    }
  }
  return places;
}

class Layouter {
 public:
  Layouter(std::span<const std::vector<std::uint32_t>> parents, const DagSpacing& spacing)
      : parents_(parents), spacing_(spacing), wanted_(parents.size(), 0) {
    layout_.column = columns_of(parents, first_child_);
    layout_.y.assign(parents.size(), 0);
    layout_.trunk.resize(parents.size());
  }

  DagLayout run() {
    fill_columns();
    for (std::size_t column = 0; column < items_.size(); ++column) {
      for (Item& item : items_[column]) want(item, column);
      want_roots(column);
      place(column);
    }
    return std::move(layout_);
  }

 private:
  void fill_columns() {
    std::vector<std::size_t> last_child(layout_.column);
    std::size_t columns = 0;
    for (std::size_t node = 0; node < parents_.size(); ++node) {
      columns = std::max(columns, layout_.column[node] + 1);
      for (const std::uint32_t parent : parents_[node]) {
        last_child[parent] = std::max(last_child[parent], layout_.column[node]);
      }
    }
    items_.resize(columns);
    for (std::uint32_t node = 0; node < parents_.size(); ++node) {
      items_[layout_.column[node]].push_back({node, false, 0});
      for (std::size_t column = layout_.column[node] + 1; column < last_child[node]; ++column) {
        items_[column].push_back({node, true, 0});
      }
    }
  }

  // Where an edge of `node` leaves the column before `column`.
  double leaves(std::uint32_t node, std::size_t column) const {
    const std::size_t passed = column - 1 - layout_.column[node];
    return passed == 0 ? layout_.y[node] : layout_.trunk[node][passed - 1];
  }

  // The middle of its parents; a trunk goes straight on.
  void want(Item& item, std::size_t column) {
    const std::vector<std::uint32_t>& from = parents_[item.node];
    if (item.is_trunk) {
      item.wanted = leaves(item.node, column);
    } else if (!from.empty()) {
      for (const std::uint32_t parent : from) item.wanted += leaves(parent, column);
      item.wanted /= static_cast<double>(from.size());
    }
    wanted_[item.node] = item.wanted;
  }

  // What has no parents joins those that its first child follows too, else the program's order.
  void want_roots(std::size_t column) {
    double next = 0;
    for (Item& item : items_[column]) {
      if (item.is_trunk || !parents_[item.node].empty()) continue;
      double sum = 0;
      double count = 0;
      const std::uint32_t child = first_child_[item.node];
      for (std::size_t i = 0; child != kNone && i < parents_[child].size(); ++i) {
        const std::uint32_t other = parents_[child][i];
        if (layout_.column[other] == column && parents_[other].empty()) continue;
        sum += wanted_[other];
        ++count;
      }
      item.wanted = count > 0 ? sum / count : next;
      if (count == 0) next += spacing_.node;
    }
  }

  void place(std::size_t column) {
    std::vector<Item>& items = items_[column];
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
      return a.wanted != b.wanted ? a.wanted < b.wanted : a.node < b.node;
    });
    const std::vector<double> places = spread(items, spacing_);
    for (std::size_t i = 0; i < places.size(); ++i) {
      layout_.height = std::max(layout_.height, places[i]);
      if (items[i].is_trunk) {
        layout_.trunk[items[i].node].push_back(places[i]);
      } else {
        layout_.y[items[i].node] = places[i];
      }
    }
  }

  const std::span<const std::vector<std::uint32_t>> parents_;
  const DagSpacing spacing_;
  DagLayout layout_;
  std::vector<std::uint32_t> first_child_;  // by node
  std::vector<std::vector<Item>> items_;    // by column
  std::vector<double> wanted_;              // by node: what its item in the current column wants
};

}  // namespace

DagLayout lay_out_dag(std::span<const std::vector<std::uint32_t>> parents,
                      const DagSpacing& spacing) {
  return Layouter(parents, spacing).run();
}

}  // namespace sennit
