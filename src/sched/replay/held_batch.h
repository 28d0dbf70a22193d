// sched/replay/held_batch.h: commands that are decided and committed, but that no device has yet.
//
// Two texts say what a batch is. Its `shape` is all that a graph of it has for good: kinds,
// kernels, configurations, sizes, and what depends on what. Its `contents` are the addresses and
// parameters, which a graph can be given anew. Equal texts: the same graph.
//
// Dependencies are reduced as they are added: one that follows from others costs a graph time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "graph/frontier.h"
#include "memory/coherence.h"
#include "sched/operation.h"

namespace sennit {

class HeldBatch {
 public:
  static constexpr std::size_t kMost = 512;  // commands

  // What is known of a command beside itself.
  struct Item {
    NodeId node = kNoNode;
    OperationKind kind = OperationKind::Launch;
    bool ends_operation = true;  // the transfers of an operation stand before it
    bool root = false;           // of a transfer: its operation waits for nothing else
    Transfer transfer{};         // of a transfer
    std::uint32_t children = 0;  // later commands that depend on it, and have not been issued
  };

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  // The device that all of it is for. REQUIRES: not empty.
  int device() const { return device_; }

  // Appends a command. `parents`: the nodes that it waits for; `dependencies`: those of them that
  // are held, by their index. Copies what spans show. REQUIRES: size() < kMost; not a host call.
  void add(int device, const Command& command, Item item,
           std::span<const ParentSet::Parent> parents, std::span<const std::uint32_t> dependencies);
  void clear();

  const Item& item(std::size_t index) const { return items_[index]; }
  // Its spans are valid until the next `add`.
  Command command(std::size_t index) const;
  std::span<const NodeId> nodes() const { return nodes_; }
  std::span<const ParentSet::Parent> parents(std::size_t index) const;
  // Ascending.
  std::span<const std::uint32_t> dependencies(std::size_t index) const;
  // Called once a command is on its way.
  void issued(std::size_t index);
  // Appends to `needed` what the `index`th command waits for and itself, and all else to `rest`,
  // each in the order that it has here. Returns false, and does nothing, if `rest` would be empty.
  bool split(std::uint32_t index, HeldBatch& needed, HeldBatch& rest) const;
  // How many commands other than the `index`th, not issued yet, depend on `node` alone.
  std::uint32_t others_behind(NodeId node, std::size_t index) const;

  std::span<const std::byte> shape() const { return shape_; }
  std::span<const std::byte> contents() const { return contents_; }
  std::span<const std::byte> contents(std::size_t index) const;

 private:
  struct Extent {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  static constexpr std::size_t kWords = kMost / 64;

  void describe(const Command& command, std::span<const std::uint32_t> dependencies);
  bool follows(std::uint32_t later, std::uint32_t earlier) const {
    return (ancestors_[later * kWords + earlier / 64] >> (earlier % 64) & 1) != 0;
  }

  int device_ = 0;
  std::vector<Item> items_;
  std::vector<NodeId> nodes_;
  std::vector<Command> commands_;
  std::vector<Extent> contents_of_;
  std::vector<Extent> offsets_of_;
  std::vector<Extent> parents_of_;
  std::vector<Extent> dependencies_of_;
  std::vector<ParentSet::Parent> parents_;
  std::vector<std::uint32_t> dependencies_;
  std::vector<std::uint32_t> offsets_;    // of launches' parameters
  std::vector<std::uint64_t> ancestors_;  // kWords for each command: a bit for each one before it
  std::vector<std::byte> shape_;
  std::vector<std::byte> contents_;
};

}  // namespace sennit
