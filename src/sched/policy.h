// sched/policy.h: which device an operation runs on. The extension point for placement.
//
// To add a policy, add one file policies/<name>.cpp that defines
//
//   extern const PolicyInfo policy_<name>;
//
// The build makes the table from the file names, so there is no second place to edit, and
// policy_test.cpp runs on the new entry by itself.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "graph/node_table.h"
#include "memory/coherence.h"
#include "memory/location.h"

namespace sennit {

// What a policy may ask. The answers come from the scheduler's own state, so a policy never keeps
// a copy of them.
class PlacementQuery {
 public:
  virtual ~PlacementQuery() = default;
  virtual int device_count() const = 0;
  // The devices to choose among, ascending, at least one: all of the runtime's, or those that the
  // stream policy leaves.
  virtual std::span<const int> devices() const = 0;
  // The unfinished operations whose results this one reads, each once, oldest first.
  virtual std::span<const NodeId> parents() const = 0;
  virtual int device_of(NodeId parent) const = 0;
  // Where the bytes of the operation's arrays are, written ones included. Bytes that nobody has
  // written yet are held nowhere.
  virtual std::span<const Holding> holdings() const = 0;
  virtual Location location_of(int device) const = 0;
  // Bytes per second. Measured, or the user's, for policies that say `by_bandwidth`.
  virtual double bandwidth(Location from, Location to) const = 0;
  // Bytes that would have to move to `device` first.
  virtual std::size_t missing_bytes(int device) const = 0;
  // Operations on `device` that are not known to be done, and streams that have such.
  virtual std::size_t in_flight(int device) const = 0;
  virtual std::size_t busy_streams(int device) const = 0;
  // The option `data_threshold`.
  virtual double data_threshold() const = 0;
};

class Policy {
 public:
  virtual ~Policy() = default;
  // Returns one of query.devices(). Called once per operation, in submission order, under the
  // scheduler's lock: it must not block.
  virtual int place(const PlacementQuery& query) = 0;
  // The device that all operations run on, if that is so: what the host writes goes there at once.
  virtual std::optional<int> only_device() const { return std::nullopt; }
};

struct PolicyInfo {
  std::string_view name;
  std::string_view description;  // one line
  std::unique_ptr<Policy> (*make)();
  bool by_bandwidth = false;  // it asks PlacementQuery::bandwidth
};

// Every policy in policies/, sorted by name.
std::span<const PolicyInfo* const> policies();

// Raises InvalidArgument, naming the known ones, if there is none.
const PolicyInfo& find_policy(std::string_view name);

}  // namespace sennit
