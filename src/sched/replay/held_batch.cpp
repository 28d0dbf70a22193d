#include "sched/replay/held_batch.h"

#include <algorithm>
#include <cstring>

namespace sennit {
namespace {

template <typename T>
void append(std::vector<std::byte>& text, const T& value) {
  const std::size_t at = text.size();
  text.resize(at + sizeof value);
  std::memcpy(text.data() + at, &value, sizeof value);
}

void append(std::vector<std::byte>& text, std::span<const std::byte> bytes) {
  text.insert(text.end(), bytes.begin(), bytes.end());
}

}  // namespace

void HeldBatch::clear() {
  items_.clear();
  nodes_.clear();
  commands_.clear();
  contents_of_.clear();
  offsets_of_.clear();
  offsets_.clear();
  parents_of_.clear();
  dependencies_of_.clear();
  parents_.clear();
  dependencies_.clear();
  ancestors_.clear();
  shape_.clear();
  contents_.clear();
}

void HeldBatch::add(int device, const Command& command, Item item,
                    std::span<const ParentSet::Parent> parents,
                    std::span<const std::uint32_t> dependencies) {
  device_ = device;
  const auto offset = [](const auto& list) { return static_cast<std::uint32_t>(list.size()); };
  const std::uint32_t index = offset(items_);

  parents_of_.push_back({offset(parents_), offset(parents_)});
  parents_.insert(parents_.end(), parents.begin(), parents.end());
  parents_of_.back().end = offset(parents_);

  dependencies_of_.push_back({offset(dependencies_), offset(dependencies_)});
  ancestors_.resize(ancestors_.size() + kWords);
  std::uint64_t* const ancestors = &ancestors_[index * kWords];
  for (const std::uint32_t parent : dependencies) {
    const auto reached = [&](std::uint32_t other) { return follows(other, parent); };
    if (std::any_of(dependencies.begin(), dependencies.end(), reached)) continue;
    dependencies_.push_back(parent);
    ++items_[parent].children;
    for (std::size_t word = 0; word < kWords; ++word) {
      ancestors[word] |= ancestors_[parent * kWords + word];
    }
    ancestors[parent / 64] |= std::uint64_t{1} << (parent % 64);
  }
  std::uint32_t& first = dependencies_of_.back().begin;
  dependencies_of_.back().end = offset(dependencies_);
  std::sort(dependencies_.begin() + first, dependencies_.end());

  items_.push_back(item);
  nodes_.push_back(item.node);
  contents_of_.push_back({offset(contents_), offset(contents_)});
  describe(command, std::span(dependencies_).subspan(first));
  contents_of_.back().end = offset(contents_);
  commands_.push_back(command);
  offsets_of_.push_back({offset(offsets_), offset(offsets_)});
  if (const auto* launch = std::get_if<LaunchCommand>(&command)) {
    offsets_.insert(offsets_.end(), launch->offsets.begin(), launch->offsets.end());
    offsets_of_.back().end = offset(offsets_);
  }
}

void HeldBatch::describe(const Command& command, std::span<const std::uint32_t> dependencies) {
  append(shape_, static_cast<std::uint32_t>(command.index()));
  append(shape_, static_cast<std::uint32_t>(dependencies.size()));
  append(shape_, std::as_bytes(dependencies));
  if (const auto* launch = std::get_if<LaunchCommand>(&command)) {
    append(shape_, launch->function->serial());
    append(shape_, launch->config.grid);
    append(shape_, launch->config.block);
    append(shape_, launch->config.cluster);
    append(shape_, launch->config.shared_bytes);
    append(shape_, static_cast<std::uint32_t>(launch->config.cooperative));
    append(contents_, launch->parameters);
  } else if (const auto* copy = std::get_if<CopyCommand>(&command)) {
    append(shape_, copy->bytes);
    append(shape_, copy->to_device);
    append(shape_, copy->from_device);
    append(contents_, copy->to);
    append(contents_, copy->from);
  } else if (const auto* fill = std::get_if<FillCommand>(&command)) {
    append(shape_, fill->bytes);
    append(shape_, fill->pattern_bytes);
    append(shape_, fill->pattern);
    append(contents_, fill->to);
  } else {
    fail("a host call cannot be held back");
  }
}

Command HeldBatch::command(std::size_t index) const {
  Command command = commands_[index];
  if (auto* launch = std::get_if<LaunchCommand>(&command)) {
    const Extent extent = offsets_of_[index];
    launch->parameters = contents(index);
    launch->offsets = std::span(offsets_).subspan(extent.begin, extent.end - extent.begin);
  }
  return command;
}

std::span<const std::byte> HeldBatch::contents(std::size_t index) const {
  const Extent extent = contents_of_[index];
  return std::span(contents_).subspan(extent.begin, extent.end - extent.begin);
}

std::span<const ParentSet::Parent> HeldBatch::parents(std::size_t index) const {
  const Extent extent = parents_of_[index];
  return std::span(parents_).subspan(extent.begin, extent.end - extent.begin);
}

std::span<const std::uint32_t> HeldBatch::dependencies(std::size_t index) const {
  const Extent extent = dependencies_of_[index];
  return std::span(dependencies_).subspan(extent.begin, extent.end - extent.begin);
}

void HeldBatch::issued(std::size_t index) {
  for (const std::uint32_t parent : dependencies(index)) --items_[parent].children;
}

bool HeldBatch::split(std::uint32_t index, HeldBatch& needed, HeldBatch& rest) const {
  const auto is_needed = [&](std::uint32_t other) {
    return other == index || follows(index, other);
  };
  std::vector<std::uint32_t> place(size());  // in the batch that it goes to
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < size(); ++i) count += is_needed(i) ? 1 : 0;
  if (count == size()) return false;
  std::vector<std::uint32_t> dependencies;
  for (std::uint32_t i = 0; i < size(); ++i) {
    HeldBatch& target = is_needed(i) ? needed : rest;
    dependencies.clear();
    for (const std::uint32_t parent : this->dependencies(i)) {
      if (is_needed(parent) == is_needed(i)) dependencies.push_back(place[parent]);
    }
    place[i] = static_cast<std::uint32_t>(target.size());
    Item item = items_[i];
    item.children = 0;
    target.add(device_, command(i), item, parents(i), dependencies);
  }
  return true;
}

std::uint32_t HeldBatch::others_behind(NodeId node, std::size_t index) const {
  const auto found = std::lower_bound(nodes_.begin(), nodes_.end(), node);  // ids ascend
  if (found == nodes_.end() || *found != node) return 0;
  const auto place = static_cast<std::uint32_t>(found - nodes_.begin());
  const std::span<const std::uint32_t> own = dependencies(index);
  const bool is_one = std::find(own.begin(), own.end(), place) != own.end();
  return items_[place].children - (is_one ? 1 : 0);
}

}  // namespace sennit
