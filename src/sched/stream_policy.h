// sched/stream_policy.h: which stream of its device an operation runs on.
//
// Two questions, as in GrCUDA: where does an operation go that depends on nothing unfinished
// (`root`), and where does one go that does (`child`)? A policy answers one of them or both; the
// option `stream_policy` names one policy, or two joined by '+': "reuse_idle+disjoint_parents".
//
// To add a policy, add one file stream_policies/<name>.cpp that defines
//
//   extern const StreamPolicyInfo stream_policy_<name>;
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sennit {

// An unfinished operation that this one comes after, on a stream that can take launches.
struct ParentStream {
  int stream = 0;        // index for the policy's answer
  bool is_tail = false;  // nothing was queued behind the parent: joining costs and delays nothing
  // Only with `by_program`:
  int device = 0;         // of the stream
  bool followed = false;  // a later operation has joined the parent's stream for its sake
};

// Answers come from the scheduler's own state.
class StreamQuery {
 public:
  static constexpr int kNewStream = -1;
  static constexpr int kAsRoot = -2;  // only from `child`: ask the root policy

  virtual ~StreamQuery() = default;
  // On the operation's device, and either those for which it must wait there or, with
  // `by_program`, its predecessors (graph/predecessors.h), oldest first.
  virtual std::span<const ParentStream> parents() const = 0;
  // A stream whose work is all done, the most recently used one; kNewStream if none is.
  // May ask the device about completion.
  virtual int idle_stream() = 0;
  // The stream that took the device's last operation; kNewStream before the first.
  virtual int last_stream() const = 0;
  // True if the operation is expected to run for longer than leaving a stream costs.
  virtual bool worth_crossing() = 0;
};

class StreamPolicy {
 public:
  virtual ~StreamPolicy() = default;
  // A stream's index or kNewStream. Under the scheduler's lock: must not block.
  virtual int root(StreamQuery& query) { return query.idle_stream(); }
  // The same, or kAsRoot. There is at least one parent.
  virtual int child(StreamQuery&) { return StreamQuery::kAsRoot; }
  // Which parents the policy goes by; see StreamQuery::parents.
  virtual bool by_program() const { return false; }
  // With `by_program`, before the operation is placed: appends the devices that the placement
  // policy may choose among, given the parents on all devices. None: all.
  virtual void devices(std::span<const ParentStream> /*parents*/, std::vector<int>& /*out*/) const {
  }
};

struct StreamPolicyInfo {
  enum Role : std::uint8_t { Root = 1, Child = 2, Both = 3 };
  std::string_view name;
  std::string_view description;  // one line
  Role role;
  std::unique_ptr<StreamPolicy> (*make)();
};

// Every policy in stream_policies/, sorted by name.
std::span<const StreamPolicyInfo* const> stream_policies();

// Makes the policy that `text` ("adaptive", "always_new+same_as_parent") names. A role that is
// not named is reuse_idle's or same_as_parent's. Raises InvalidArgument, naming the known ones.
std::unique_ptr<StreamPolicy> make_stream_policy(std::string_view text);

}  // namespace sennit
