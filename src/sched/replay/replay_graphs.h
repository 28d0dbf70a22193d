// sched/replay/replay_graphs.h: the graphs that repeated batches run as.
//
// A batch is known by its shape. Of one shape there are up to two graphs: a batch whose contents
// are those of one of them is launched as it is, which serves arrays that take turns; any other is
// launched after the older of the two was given the contents that differ.
//
// Thread safety: none; the scheduler's mutex guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "backend/backend.h"
#include "sched/replay/held_batch.h"

namespace sennit {

class ReplayGraphs {
 public:
  struct Limits {
    std::size_t nodes = std::size_t{1} << 16;  // of all graphs together
    std::size_t shapes = 4096;                 // remembered, most without a graph
    std::uint32_t sightings = 2;               // of a shape before it gets a graph
  };
  struct Counts {
    std::uint64_t built = 0;    // graphs
    std::uint64_t updated = 0;  // commands of graphs that were given other contents
    std::uint64_t dropped = 0;  // graphs
  };

  explicit ReplayGraphs(Limits limits) : limits_(limits) {}

  // A graph that does what the batch does, to be launched at once; nullptr if there is none.
  Graph* find(const HeldBatch& batch);
  // Called when the batch has been run without a graph: makes one for the next time, if it was
  // seen often enough by now.
  void learn(const HeldBatch& batch, Device& device);
  // The graph that `find` gave last cannot be launched.
  void drop(const HeldBatch& batch);

  const Counts& counts() const { return counts_; }

 private:
  struct Instance {
    std::unique_ptr<Graph> graph;
    std::vector<std::byte> contents;
    std::uint64_t last_use = 0;
  };
  struct Shape {
    int device = 0;
    std::vector<std::byte> text;
    std::uint32_t sightings = 0;
    bool refused = false;  // the device makes no graph of it
    std::size_t nodes = 0;
    std::uint64_t last_use = 0;
    std::vector<Instance> instances;
  };

  Shape* find_shape(const HeldBatch& batch);
  void update(Instance& instance, const HeldBatch& batch);
  void build(Shape& shape, const HeldBatch& batch, Device& device);
  void forget_least_used();

  const Limits limits_;
  std::unordered_map<std::uint64_t, Shape> shapes_;  // by the hash of device and text
  std::size_t nodes_ = 0;
  std::uint64_t now_ = 0;  // counts uses
  Counts counts_;
};

}  // namespace sennit
