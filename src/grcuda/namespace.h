// grcuda/namespace.h: named members: `CU`, and what `bindall` makes.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "grcuda/value.h"

namespace sennit::grcuda {

class Namespace final : public Value {
 public:
  // Makes a member when it is first read.
  using Maker = std::function<Any()>;

  // `contains_itself`: under its own name, as the root does.
  explicit Namespace(std::string name, bool contains_itself = false)
      : name_(std::move(name)), contains_itself_(contains_itself) {}

  // Raise InvalidArgument: "'x' already exists in namespace".
  void add(const std::string& name, Any member);
  void add_lazily(const std::string& name, Maker make);
  // The namespace `name` in this one, made if there is none.
  std::shared_ptr<Namespace> nested(const std::string& name);

  std::string describe() const override;
  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override;  // sorted
  std::optional<Any> member(std::string_view name) override;

 private:
  struct Member {
    Any value;
    Maker make;  // empty once it was called, or if there was none
  };
  void insert(const std::string& name, Member member);

  const std::string name_;
  const bool contains_itself_;
  mutable Mutex mutex_;
  std::map<std::string, Member, std::less<>> members_ SENNIT_GUARDED_BY(mutex_);
};

}  // namespace sennit::grcuda
