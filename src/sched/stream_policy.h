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

namespace sennit {

// An unfinished operation on the same device, on a stream that can take launches, for which this
// one must wait.
struct ParentStream {
  int stream = 0;        // index for the policy's answer
  bool is_tail = false;  // nothing was queued behind the parent: joining costs and delays nothing
};

// Answers come from the scheduler's own state.
class StreamQuery {
 public:
  static constexpr int kNewStream = -1;
  static constexpr int kAsRoot = -2;  // only from `child`: ask the root policy

  virtual ~StreamQuery() = default;
  virtual std::span<const ParentStream> parents() const = 0;  // newest last
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
  virtual int root(StreamQuery& query) = 0;
  virtual int child(StreamQuery& query) = 0;  // or kAsRoot. There is at least one parent.
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
