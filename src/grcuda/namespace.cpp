#include "grcuda/namespace.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace sennit::grcuda {

void Namespace::insert(const std::string& name, Member member) {
  const Lock lock(mutex_);
  if (!members_.emplace(name, std::move(member)).second) {
    raise(ErrorCode::InvalidArgument, format("'{}' already exists in namespace '{}'", name, name_));
  }
}

void Namespace::add(const std::string& name, Any member) { insert(name, {std::move(member), {}}); }

void Namespace::add_lazily(const std::string& name, Maker make) {
  insert(name, {{}, std::move(make)});
}

std::shared_ptr<Namespace> Namespace::nested(const std::string& name) {
  if (const auto known = member(name)) {
    if (auto found = find_value<Namespace>(*known)) return found;
    raise(ErrorCode::InvalidArgument,
          format("'{}' already exists in namespace '{}', and is no namespace", name, name_));
  }
  auto made = std::make_shared<Namespace>(contains_itself_ ? name : name_ + "::" + name);
  add(name, ValueRef(made));
  return made;
}

std::string Namespace::describe() const { return format("namespace '{}'", name_); }

std::vector<std::string> Namespace::member_names() const {
  const Lock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, member] : members_) names.push_back(name);
  if (contains_itself_) names.insert(std::lower_bound(names.begin(), names.end(), name_), name_);
  return names;
}

std::optional<Any> Namespace::member(std::string_view name) {
  if (contains_itself_ && name == name_) return shared_from_this();
  Maker make;
  {
    const Lock lock(mutex_);
    const auto found = members_.find(name);
    if (found == members_.end()) return std::nullopt;
    if (!found->second.make) return found->second.value;
    make = found->second.make;
  }
  // Without the lock: a kernel may be compiled. Who comes at the same time makes one, too.
  Any made = make();
  const Lock lock(mutex_);
  Member& known = members_.find(name)->second;
  if (known.make) known = {std::move(made), {}};
  return known.value;
}

}  // namespace sennit::grcuda
