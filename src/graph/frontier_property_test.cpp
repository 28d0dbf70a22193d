// graph/frontier_property_test.cpp: the frontier against an oracle that remembers, for each byte,
// its last writer and the readers since.

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>
#include <set>
#include <vector>

#include "graph/frontier.h"

namespace sennit {
namespace {

constexpr ResourceId kResources = 3;
constexpr std::size_t kBytes = 24;

struct Use {
  ResourceId resource = 0;
  AccessMode mode = AccessMode::Read;
  ByteRange range;
};

struct Step {
  enum Kind { Submit, Complete, Fail, HostWrite, Reset } kind = Submit;
  std::vector<Use> uses;   // Submit: one or more; HostWrite, Reset: of the first
  std::size_t choice = 0;  // Complete, Fail: which of the nodes in flight
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  out << std::array{"submit", "complete", "fail", "host write", "reset"}[step.kind] << " #"
      << step.choice;
  for (const Use& use : step.uses) {
    out << " " << std::array{"?", "in", "out", "inout"}[static_cast<std::size_t>(use.mode)] << " "
        << "xyz"[use.resource] << "[" << use.range.begin << ":" << use.range.end << "]";
  }
  return out;
}

rc::Gen<ByteRange> any_range() {
  const auto border = rc::gen::inRange<std::size_t>(0, kBytes + 1);
  return rc::gen::oneOf(rc::gen::just(ByteRange{0, kBytes}),
                        rc::gen::map(rc::gen::pair(border, border), [](auto borders) {
                          return ByteRange{std::min(borders.first, borders.second),
                                           std::max(borders.first, borders.second)};
                        }));
}

rc::Gen<Use> any_use() {
  return rc::gen::build<Use>(
      rc::gen::set(&Use::resource, rc::gen::inRange<ResourceId>(0, kResources)),
      rc::gen::set(&Use::mode, rc::gen::element(AccessMode::Read, AccessMode::Overwrite,
                                                AccessMode::ReadWrite)),
      rc::gen::set(&Use::range, any_range()));
}

rc::Gen<std::vector<Step>> any_program() {
  const auto step = rc::gen::build<Step>(
      rc::gen::set(&Step::kind, rc::gen::weightedElement<Step::Kind>({{20, Step::Submit},
                                                                      {12, Step::Complete},
                                                                      {3, Step::Fail},
                                                                      {1, Step::HostWrite},
                                                                      {1, Step::Reset}})),
      rc::gen::set(&Step::uses, rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 4),
                                                [](std::size_t count) {
                                                  return rc::gen::container<std::vector<Use>>(
                                                      count, any_use());
                                                })),
      rc::gen::set(&Step::choice, rc::gen::inRange<std::size_t>(0, 1000)));
  return rc::gen::scale(5.0, rc::gen::container<std::vector<Step>>(step));
}

// ---- The oracle --------------------------------------------------------------------------------

class Oracle {
 public:
  using Parents = std::map<NodeId, bool>;  // -> inherits its failure

  Parents parents(const std::vector<Use>& uses) const {
    Parents found;
    for (const Use& use : uses) {
      for (std::size_t at = use.range.begin; at < use.range.end; ++at) {
        const Byte& byte = bytes_[use.resource][at];
        if (alive(byte.writer)) {
          if (reads(use.mode)) {
            found[byte.writer] = true;
          } else if (in_flight(byte.writer)) {
            found.try_emplace(byte.writer, false);
          }
        }
        if (!writes(use.mode)) continue;
        for (const NodeId reader : byte.readers) {
          if (in_flight(reader)) found.try_emplace(reader, false);
        }
      }
    }
    return found;
  }

  void submit(NodeId node, const std::vector<Use>& uses) {
    in_flight_.insert(node);
    for (const Use& use : uses) advance(node, use);
  }
  void advance(NodeId node, const Use& use) {
    for (std::size_t at = use.range.begin; at < use.range.end; ++at) {
      Byte& byte = bytes_[use.resource][at];
      if (writes(use.mode)) {
        byte = {node, {}};
      } else if (byte.writer != node) {
        byte.readers.insert(node);
      }
    }
  }
  void complete(NodeId node, bool failed) {
    in_flight_.erase(node);
    if (failed) failed_.insert(node);
  }
  void reset(ResourceId resource) { bytes_[resource] = {}; }

  bool in_flight(NodeId node) const { return in_flight_.count(node) > 0; }
  bool is_writer(NodeId node) const {
    for (const auto& resource : bytes_) {
      for (const Byte& byte : resource) {
        if (byte.writer == node) return true;
      }
    }
    return false;
  }
  bool is_anywhere(NodeId node) const {
    for (const auto& resource : bytes_) {
      for (const Byte& byte : resource) {
        if (byte.writer == node || byte.readers.count(node) > 0) return true;
      }
    }
    return false;
  }
  bool alive(NodeId node) const {
    return in_flight(node) || (failed_.count(node) > 0 && is_writer(node));
  }
  std::set<NodeId> live_nodes() const {
    std::set<NodeId> live = in_flight_;
    for (const NodeId node : failed_) {
      if (is_writer(node)) live.insert(node);
    }
    return live;
  }
  std::set<NodeId> users(ResourceId resource) const {
    std::set<NodeId> found;
    for (const Byte& byte : bytes_[resource]) {
      if (in_flight(byte.writer)) found.insert(byte.writer);
      for (const NodeId reader : byte.readers) {
        if (in_flight(reader)) found.insert(reader);
      }
    }
    return found;
  }
  std::vector<NodeId> writers(ResourceId resource, ByteRange range) const {
    std::vector<NodeId> found;
    for (std::size_t at = range.begin; at < range.end; ++at) {
      const NodeId writer = bytes_[resource][at].writer;
      if (alive(writer) && (found.empty() || found.back() != writer)) found.push_back(writer);
    }
    return found;
  }
  ByteRange quiet_around(ResourceId resource, std::size_t offset, bool readers) const {
    const auto busy = [&](std::size_t at) {
      const Byte& byte = bytes_[resource][at];
      return alive(byte.writer) ||
             (readers && std::any_of(byte.readers.begin(), byte.readers.end(),
                                     [&](NodeId node) { return in_flight(node); }));
    };
    ByteRange quiet{offset, offset};
    while (quiet.end < kBytes && !busy(quiet.end)) ++quiet.end;
    while (!quiet.empty() && quiet.begin > 0 && !busy(quiet.begin - 1)) --quiet.begin;
    return quiet;
  }

 private:
  struct Byte {
    NodeId writer = kNoNode;
    std::set<NodeId> readers;
  };
  std::array<std::array<Byte, kBytes>, kResources> bytes_;
  std::set<NodeId> in_flight_, failed_;
};

// ---- Both at once ------------------------------------------------------------------------------

class Machine {
 public:
  void run(const Step& step) {
    switch (step.kind) {
      case Step::Submit:
        submit(step.uses);
        break;
      case Step::Complete:
      case Step::Fail:
        if (!in_flight_.empty()) {
          complete(step.choice % in_flight_.size(), step.kind == Step::Fail);
        }
        break;
      case Step::HostWrite: {
        const Use use{step.uses[0].resource, AccessMode::Overwrite, step.uses[0].range};
        frontier_.advance(use.resource, use.range, use.mode, kNoNode);
        oracle_.advance(kNoNode, use);
        break;
      }
      case Step::Reset:
        frontier_.reset(step.uses[0].resource);
        oracle_.reset(step.uses[0].resource);
        break;
    }
    check();
  }

  // Nothing is left once all nodes are complete and all resources are given back.
  void finish() {
    while (!in_flight_.empty()) complete(0, in_flight_.size() % 2 == 0);
    for (ResourceId resource = 0; resource < kResources; ++resource) frontier_.reset(resource);
    RC_ASSERT(nodes_.size() == 0u);
  }

 private:
  void submit(const std::vector<Use>& uses) {
    set_.start(nodes_);
    for (const Use& use : uses) frontier_.collect(use.resource, use.range, use.mode, set_);
    Oracle::Parents found;
    for (const ParentSet::Parent& parent : set_.parents) found[parent.node] = parent.data;
    RC_ASSERT(found.size() == set_.parents.size());  // each once
    RC_ASSERT(found == oracle_.parents(uses));

    std::set<NodeId> superseded;
    for (const auto& [parent, data] : found) {
      if (!nodes_.in_flight(parent)) continue;  // nobody waits for it in any case
      if (frontier_.would_supersede(parent, set_)) superseded.insert(parent);
    }
    const NodeId node = nodes_.create();
    for (const Use& use : uses) frontier_.advance(use.resource, use.range, use.mode, node);
    oracle_.submit(node, uses);
    in_flight_.push_back(node);
    for (const auto& [parent, data] : found) {
      if (superseded.count(parent) > 0) {
        RC_ASSERT(!oracle_.is_anywhere(parent));
      } else if (uses.size() == 1 && oracle_.in_flight(parent)) {
        RC_ASSERT(oracle_.is_anywhere(parent));
      }
    }
  }

  void complete(std::size_t choice, bool failed) {
    const NodeId node = in_flight_[choice];
    in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(choice));
    nodes_.entry(node).failed = failed;
    nodes_.complete(node);
    oracle_.complete(node, failed);
  }

  void check() {
    std::set<NodeId> live;
    for (std::uint32_t slot = 0; slot < nodes_.slot_count(); ++slot) {
      if (nodes_.at_slot(slot) != kNoNode) live.insert(nodes_.at_slot(slot));
    }
    RC_ASSERT(live == oracle_.live_nodes());
    RC_ASSERT(nodes_.size() == live.size());

    std::map<NodeId, std::uint32_t> references, written;
    for (ResourceId resource = 0; resource < kResources; ++resource) {
      std::vector<NodeId> users, writers;
      frontier_.users(resource, users);
      RC_ASSERT(std::set<NodeId>(users.begin(), users.end()) == oracle_.users(resource));
      for (const NodeId node : users) ++references[node];
      frontier_.writers(resource, {0, kBytes}, writers);
      for (const NodeId node : writers) ++written[node];
      for (const ByteRange range : {ByteRange{0, kBytes}, ByteRange{3, 17}}) {
        writers.clear();
        frontier_.writers(resource, range, writers);
        writers.erase(std::unique(writers.begin(), writers.end()), writers.end());
        RC_ASSERT(writers == oracle_.writers(resource, range));
      }
      for (const std::size_t offset : {std::size_t{0}, std::size_t{11}, kBytes - 1}) {
        for (const bool readers : {false, true}) {
          RC_ASSERT(frontier_.quiet_around(resource, offset, readers, kBytes) ==
                    oracle_.quiet_around(resource, offset, readers));
        }
      }
    }
    for (const NodeId node : live) {
      RC_ASSERT(nodes_.entry(node).frontier_writes == written[node]);
      if (nodes_.in_flight(node)) {
        RC_ASSERT(nodes_.entry(node).frontier_references == references[node]);
      }
    }
  }

  NodeTable nodes_;
  Frontier frontier_{nodes_};
  ParentSet set_;
  Oracle oracle_;
  std::vector<NodeId> in_flight_;
};

RC_GTEST_PROP(FrontierProperty, AgreesWithAnOracleThatRemembersEachByte, ()) {
  const std::vector<Step> program = *any_program();
  Machine machine;
  for (const Step& step : program) machine.run(step);
  machine.finish();
}

}  // namespace
}  // namespace sennit
