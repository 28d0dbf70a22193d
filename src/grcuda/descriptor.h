// grcuda/descriptor.h: what one parameter of a mapped function is computed from.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "grcuda/value.h"

namespace sennit::grcuda {

// One call of a mapped function: its arguments, and the values that were computed so far.
struct MappedCall {
  std::map<std::string, Any> arguments;
  std::map<std::string, Any> values;
};

// Reading any member or element of a descriptor derives another one, so what it can be asked is
// what the argument will have.
class Descriptor : public Value {
 public:
  // Appends the names of arguments that are not there yet.
  virtual void collect_arguments(std::vector<std::string>& names) const = 0;
  virtual Any evaluate(MappedCall& call) const = 0;

  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override {
    return {"bind", "describe", "map", "shred"};
  }
  std::optional<Any> member(std::string_view name) override;
  bool has_elements() const override { return true; }
  std::int64_t size() const override { return 0x7fffffff; }  // not known before a call
  Any read_element(std::int64_t index) override;

 protected:
  std::shared_ptr<const Descriptor> self() const {
    return std::static_pointer_cast<const Descriptor>(shared_from_this());
  }
};

using DescriptorRef = std::shared_ptr<const Descriptor>;

DescriptorRef argument_descriptor(std::string name);
// The length of the first; the others must have the same.
DescriptorRef size_descriptor(std::vector<DescriptorRef> of);
// What was computed under `name` in this call; by `function` if it is the first time, and given.
DescriptorRef value_descriptor(std::string name, ValueRef function, std::vector<Any> arguments);

// An array of objects as an object of arrays; an object that has no elements as it is.
Any shred(const Any& any);

}  // namespace sennit::grcuda
