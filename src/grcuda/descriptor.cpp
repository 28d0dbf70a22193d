#include "grcuda/descriptor.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"

namespace sennit::grcuda {
namespace {

class Argument final : public Descriptor {
 public:
  explicit Argument(std::string name) : name_(std::move(name)) {}
  std::string describe() const override { return name_; }
  void collect_arguments(std::vector<std::string>& names) const override {
    if (std::find(names.begin(), names.end(), name_) == names.end()) names.push_back(name_);
  }
  Any evaluate(MappedCall& call) const override {
    const auto given = call.arguments.find(name_);
    if (given != call.arguments.end()) return given->second;
    raise(ErrorCode::InvalidArgument, format("no argument is called '{}' in this call", name_));
  }

 private:
  const std::string name_;
};

// Made of one other.
class Derived : public Descriptor {
 public:
  explicit Derived(DescriptorRef from) : from_(std::move(from)) {}
  void collect_arguments(std::vector<std::string>& names) const override {
    from_->collect_arguments(names);
  }

 protected:
  const DescriptorRef from_;
};

class Member final : public Derived {
 public:
  Member(DescriptorRef from, std::string name) : Derived(std::move(from)), name_(std::move(name)) {}
  std::string describe() const override { return format("{}.{}", from_->describe(), name_); }
  Any evaluate(MappedCall& call) const override {
    const ValueRef object = object_from(from_->evaluate(call), from_->describe());
    if (auto member = object->member(name_)) return *std::move(member);
    raise(ErrorCode::InvalidArgument, format("{} has no member '{}'", object->describe(), name_));
  }

 private:
  const std::string name_;
};

class Element final : public Derived {
 public:
  Element(DescriptorRef from, std::int64_t index) : Derived(std::move(from)), index_(index) {}
  std::string describe() const override { return format("{}[{}]", from_->describe(), index_); }
  Any evaluate(MappedCall& call) const override {
    return object_from(from_->evaluate(call), from_->describe())->read_element(index_);
  }

 private:
  const std::int64_t index_;
};

class Mapped final : public Derived {
 public:
  Mapped(DescriptorRef from, ValueRef function)
      : Derived(std::move(from)), function_(std::move(function)) {}
  std::string describe() const override {
    return format("map({}, {})", from_->describe(), function_->describe());
  }
  Any evaluate(MappedCall& call) const override {
    const Any argument = from_->evaluate(call);
    return function_->call({&argument, 1});
  }

 private:
  const ValueRef function_;
};

class Shredded final : public Derived {
 public:
  using Derived::Derived;
  std::string describe() const override { return format("shred({})", from_->describe()); }
  Any evaluate(MappedCall& call) const override { return shred(from_->evaluate(call)); }
};

class Size final : public Descriptor {
 public:
  explicit Size(std::vector<DescriptorRef> of) : of_(std::move(of)) {}
  std::string describe() const override { return format("size({})", of_.front()->describe()); }
  void collect_arguments(std::vector<std::string>& names) const override {
    for (const DescriptorRef& each : of_) each->collect_arguments(names);
  }
  Any evaluate(MappedCall& call) const override {
    const std::int64_t size = size_of(*of_.front(), call);
    for (const DescriptorRef& each : of_) {
      const std::int64_t other = size_of(*each, call);
      if (other != size) {
        raise(ErrorCode::InvalidArgument,
              format("{} has {} elements and {} has {}: they must have the same",
                     of_.front()->describe(), size, each->describe(), other));
      }
    }
    return size;
  }

 private:
  static std::int64_t size_of(const Descriptor& of, MappedCall& call) {
    return object_from(of.evaluate(call), of.describe())->size();
  }
  const std::vector<DescriptorRef> of_;
};

class NamedValue final : public Descriptor {
 public:
  NamedValue(std::string name, ValueRef function, std::vector<Any> arguments)
      : name_(std::move(name)), function_(std::move(function)), arguments_(std::move(arguments)) {}
  std::string describe() const override { return format("value({})", name_); }
  void collect_arguments(std::vector<std::string>& names) const override {
    for (const Any& argument : arguments_) {
      if (const auto each = find_value<Descriptor>(argument)) each->collect_arguments(names);
    }
  }
  Any evaluate(MappedCall& call) const override {
    const auto known = call.values.find(name_);
    if (known != call.values.end()) return known->second;
    if (!function_) {
      raise(ErrorCode::InvalidArgument, format("no value is called '{}' in this call", name_));
    }
    std::vector<Any> arguments;
    for (const Any& argument : arguments_) {
      const auto each = find_value<Descriptor>(argument);
      arguments.push_back(each ? each->evaluate(call) : argument);
    }
    return call.values.emplace(name_, function_->call(arguments)).first->second;
  }

 private:
  const std::string name_;
  const ValueRef function_;
  const std::vector<Any> arguments_;
};

// One member of each object of an array.
class ShreddedMember final : public Value {
 public:
  ShreddedMember(ValueRef objects, std::string name)
      : objects_(std::move(objects)), name_(std::move(name)) {}
  std::string describe() const override { return format("shredded member '{}'", name_); }
  bool has_elements() const override { return true; }
  std::int64_t size() const override { return objects_->size(); }
  Any read_element(std::int64_t index) override {
    const ValueRef object = object_from(objects_->read_element(index), "an element to be shredded");
    if (auto member = object->member(name_)) return *std::move(member);
    raise(ErrorCode::InvalidArgument,
          format("element {}, {}, has no member '{}'", index, object->describe(), name_));
  }

 private:
  const ValueRef objects_;
  const std::string name_;
};

class ShreddedObject final : public Value {
 public:
  explicit ShreddedObject(ValueRef objects) : objects_(std::move(objects)) {}
  std::string describe() const override { return format("shredded {}", objects_->describe()); }
  bool has_members() const override { return true; }
  std::optional<Any> member(std::string_view name) override {
    return ValueRef(std::make_shared<ShreddedMember>(objects_, std::string(name)));
  }

 private:
  const ValueRef objects_;
};

// ---- bind ------------------------------------------------------------------------------------

// The names in an array of texts, behind those in `names`.
void append_names(const Any& set, std::vector<std::string>& names) {
  const ValueRef array = object_from(set, "a set of names for bind");
  for (std::int64_t i = 0; i < array->size(); ++i) {
    std::string name = string_from(array->read_element(i), "a name in a set for bind");
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      raise(ErrorCode::InvalidArgument,
            format("bind: '{}' is there twice; a name has one place among the arguments", name));
    }
    names.push_back(std::move(name));
  }
}

// A descriptor whose names stand for the arguments of a call: first those of the arguments, then
// those of arguments that are shredded, then those of values.
class Bound final : public Value {
 public:
  Bound(DescriptorRef descriptor, std::span<const Any> sets) : descriptor_(std::move(descriptor)) {
    append_names(sets[0], names_);
    shredded_begin_ = names_.size();
    append_names(sets[1], names_);
    values_begin_ = names_.size();
    append_names(sets[2], names_);
  }

  std::string describe() const override {
    return format("bound {}({})", descriptor_->describe(), join(names_));
  }
  bool is_executable() const override { return true; }
  Any call(std::span<const Any> given) override {
    check_arity(describe(), given, names_.size(), names_.size());
    MappedCall call;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i >= values_begin_) {
        call.values.emplace(names_[i], given[i]);
      } else {
        call.arguments.emplace(names_[i], i < shredded_begin_ ? given[i] : shred(given[i]));
      }
    }
    return descriptor_->evaluate(call);
  }

 private:
  const DescriptorRef descriptor_;
  std::vector<std::string> names_;
  std::size_t shredded_begin_ = 0, values_begin_ = 0;  // in `names_`
};

}  // namespace

std::optional<Any> Descriptor::member(std::string_view name) {
  if (name == "bind") {
    return Function::make("bind", 3, 3, [of = self()](std::span<const Any> sets) -> Any {
      return ValueRef(std::make_shared<Bound>(of, sets));
    });
  }
  if (name == "describe") {
    return Function::make("describe", 0, 0, [of = self()](auto) -> Any { return of->describe(); });
  }
  if (name == "map") {
    return Function::make("map", 1, 1, [of = self()](std::span<const Any> given) -> Any {
      return ValueRef(std::make_shared<Mapped>(of, object_from(given[0], "a function to map by")));
    });
  }
  if (name == "shred") {
    return Function::make("shred", 0, 0, [of = self()](auto) -> Any {
      return ValueRef(std::make_shared<Shredded>(of));
    });
  }
  return ValueRef(std::make_shared<Member>(self(), std::string(name)));
}

Any Descriptor::read_element(std::int64_t index) {
  return ValueRef(std::make_shared<Element>(self(), index));
}

DescriptorRef argument_descriptor(std::string name) {
  return std::make_shared<Argument>(std::move(name));
}

DescriptorRef size_descriptor(std::vector<DescriptorRef> of) {
  return std::make_shared<Size>(std::move(of));
}

DescriptorRef value_descriptor(std::string name, ValueRef function, std::vector<Any> arguments) {
  return std::make_shared<NamedValue>(std::move(name), std::move(function), std::move(arguments));
}

Any shred(const Any& any) {
  const ValueRef object = object_from(any, "what is to be shredded");
  if (!object->has_elements()) return object;
  return ValueRef(std::make_shared<ShreddedObject>(object));
}

}  // namespace sennit::grcuda
