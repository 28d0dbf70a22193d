#include "sched/stream_policy.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

const StreamPolicyInfo& find_stream_policy(std::string_view name) {
  std::string known;
  for (const StreamPolicyInfo* info : stream_policies()) {
    if (info->name == name) return *info;
    known += format("{}{}", known.empty() ? "" : ", ", info->name);
  }
  raise(ErrorCode::InvalidArgument,
        format("no stream policy is called '{}'; known: {}; two are joined by '+', e.g. "
               "'reuse_idle+disjoint_parents'",
               name, known));
}

std::string names_of(StreamPolicyInfo::Role role) {
  std::string names;
  for (const StreamPolicyInfo* info : stream_policies()) {
    if (info->role == role) names += format("{}{}", names.empty() ? "" : ", ", info->name);
  }
  return names;
}

class Joined final : public StreamPolicy {
 public:
  Joined(std::unique_ptr<StreamPolicy> root, std::unique_ptr<StreamPolicy> child)
      : root_(std::move(root)), child_(std::move(child)) {}
  int root(StreamQuery& query) override { return root_->root(query); }
  int child(StreamQuery& query) override { return child_->child(query); }
  bool by_program() const override { return child_->by_program(); }
  void devices(std::span<const ParentStream> parents, std::vector<int>& out) const override {
    child_->devices(parents, out);
  }

 private:
  std::unique_ptr<StreamPolicy> root_;
  std::unique_ptr<StreamPolicy> child_;
};

}  // namespace

std::unique_ptr<StreamPolicy> make_stream_policy(std::string_view text) {
  const auto plus = text.find('+');
  const StreamPolicyInfo& first = find_stream_policy(text.substr(0, plus));
  if (plus == std::string_view::npos && first.role == StreamPolicyInfo::Both) return first.make();

  const StreamPolicyInfo* root = &find_stream_policy("reuse_idle");
  const StreamPolicyInfo* child = &find_stream_policy("same_as_parent");
  (first.role == StreamPolicyInfo::Root ? root : child) = &first;
  if (plus != std::string_view::npos) {
    const StreamPolicyInfo& second = find_stream_policy(text.substr(plus + 1));
    if ((first.role | second.role) != StreamPolicyInfo::Both || (first.role & second.role) != 0) {
      raise(ErrorCode::InvalidArgument,
            format("stream policy '{}' must join one for operations without parents ({}) and one "
                   "for operations with parents ({})",
                   text, names_of(StreamPolicyInfo::Root), names_of(StreamPolicyInfo::Child)));
    }
    (second.role == StreamPolicyInfo::Root ? root : child) = &second;
  }
  return std::make_unique<Joined>(root->make(), child->make());
}

}  // namespace sennit
