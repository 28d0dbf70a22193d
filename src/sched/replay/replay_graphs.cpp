#include "sched/replay/replay_graphs.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace sennit {
namespace {

constexpr std::size_t kInstances = 2;  // of a shape

bool equal(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

std::uint64_t hash_of(const HeldBatch& batch) {
  const auto seed = static_cast<std::uint64_t>(batch.device());
  return XXH3_64bits_withSeed(batch.shape().data(), batch.shape().size(), seed);
}

}  // namespace

ReplayGraphs::Shape* ReplayGraphs::find_shape(const HeldBatch& batch) {
  const auto found = shapes_.find(hash_of(batch));
  if (found == shapes_.end()) return nullptr;
  Shape& shape = found->second;
  return shape.device == batch.device() && equal(shape.text, batch.shape()) ? &shape : nullptr;
}

Graph* ReplayGraphs::find(const HeldBatch& batch) {
  Shape* const shape = find_shape(batch);
  if (shape == nullptr || shape->instances.empty()) return nullptr;
  shape->last_use = ++now_;
  Instance* oldest = &shape->instances.front();
  for (Instance& instance : shape->instances) {
    if (equal(instance.contents, batch.contents())) {
      instance.last_use = now_;
      return instance.graph.get();
    }
    if (instance.last_use < oldest->last_use) oldest = &instance;
  }
  if (shape->instances.size() < kInstances) return nullptr;
  update(*oldest, batch);
  oldest->last_use = now_;
  return oldest->graph.get();
}

// Commands whose contents differ. Contents of one shape have the same places in the text.
void ReplayGraphs::update(Instance& instance, const HeldBatch& batch) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::span<const std::byte> now = batch.contents(i);
    const auto before = std::span<const std::byte>(instance.contents).subspan(at, now.size());
    at += now.size();
    if (equal(before, now)) continue;
    instance.graph->update(static_cast<Graph::Node>(i), batch.command(i), batch.nodes()[i]);
    ++counts_.updated;
  }
  instance.contents.assign(batch.contents().begin(), batch.contents().end());
}

void ReplayGraphs::learn(const HeldBatch& batch, Device& device) {
  Shape& shape = shapes_[hash_of(batch)];
  if (!equal(shape.text, batch.shape()) || shape.device != batch.device()) {
    nodes_ -= shape.nodes;
    counts_.dropped += shape.instances.size();
    shape = Shape{};
    shape.device = batch.device();
    shape.text.assign(batch.shape().begin(), batch.shape().end());
  }
  shape.last_use = ++now_;
  ++shape.sightings;
  if (shape.refused || shape.instances.size() >= kInstances) return;
  if (shape.sightings >= limits_.sightings) build(shape, batch, device);
  forget_least_used();
}

void ReplayGraphs::build(Shape& shape, const HeldBatch& batch, Device& device) {
  try {
    Instance instance;
    instance.graph = device.create_graph();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      instance.graph->add(batch.command(i), batch.dependencies(i), batch.nodes()[i]);
    }
    instance.graph->prepare();
    instance.contents.assign(batch.contents().begin(), batch.contents().end());
    instance.last_use = now_;
    shape.instances.push_back(std::move(instance));
  } catch (const Error&) {  // memory that a graph cannot copy, say: its commands do without
    shape.refused = true;
    return;
  }
  shape.nodes += batch.size();
  nodes_ += batch.size();
  ++counts_.built;
}

void ReplayGraphs::drop(const HeldBatch& batch) {
  Shape* const shape = find_shape(batch);
  if (shape == nullptr) return;
  nodes_ -= shape->nodes;
  counts_.dropped += shape->instances.size();
  shape->instances.clear();
  shape->nodes = 0;
  shape->refused = true;
}

// Never the newest.
void ReplayGraphs::forget_least_used() {
  while (shapes_.size() > 1 && (nodes_ > limits_.nodes || shapes_.size() > limits_.shapes)) {
    const bool full = nodes_ > limits_.nodes;
    auto least = shapes_.end();
    for (auto it = shapes_.begin(); it != shapes_.end(); ++it) {
      if (it->second.last_use == now_ || (full && it->second.nodes == 0)) continue;
      if (least == shapes_.end() || it->second.last_use < least->second.last_use) least = it;
    }
    if (least == shapes_.end()) return;
    nodes_ -= least->second.nodes;
    counts_.dropped += least->second.instances.size();
    shapes_.erase(least);
  }
}

}  // namespace sennit
