#include "grcuda/map_shred.h"

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/descriptor.h"

namespace sennit::grcuda {
namespace {

// As an object; descriptors are constant once they are made.
ValueRef value_of(const DescriptorRef& descriptor) {
  return std::const_pointer_cast<Descriptor>(descriptor);
}

class MappedFunction final : public Value {
 public:
  MappedFunction(ValueRef function, std::vector<Any> parameters, std::string description,
                 DescriptorRef result)
      : function_(std::move(function)),
        parameters_(std::move(parameters)),
        description_(std::move(description)),
        result_(std::move(result)) {
    for (const Any& parameter : parameters_) {
      if (const auto each = find_value<Descriptor>(parameter)) each->collect_arguments(names_);
    }
    result_->collect_arguments(names_);
  }

  std::string describe() const override {
    return description_.empty() ? format("mapped {}({})", function_->describe(), join(names_))
                                : description_;
  }
  bool is_executable() const override { return true; }
  Any call(std::span<const Any> arguments) override {
    check_arity(describe(), arguments, names_.size(), names_.size());
    MappedCall call;
    for (std::size_t i = 0; i < names_.size(); ++i) call.arguments.emplace(names_[i], arguments[i]);
    std::vector<Any> given;
    for (const Any& parameter : parameters_)
      given.push_back(evaluated(parameter, given.size(), call));
    call.values.insert_or_assign("return", function_->call(given));
    return result_->evaluate(call);
  }

 private:
  static Any evaluated(const Any& parameter, std::size_t index, MappedCall& call) {
    const auto descriptor = find_value<Descriptor>(parameter);
    if (!descriptor) return parameter;
    try {
      return descriptor->evaluate(call);
    } catch (Error& error) {
      error.add_context(format("cannot map parameter {}: {}", index, descriptor->describe()));
      throw;
    }
  }

  const ValueRef function_;
  const std::vector<Any> parameters_;
  const std::string description_;
  const DescriptorRef result_;
  std::vector<std::string> names_;  // of the arguments, in the order of their first appearance
};

class Map final : public Value {
 public:
  explicit Map(DescriptorRef result) : result_(std::move(result)) {}

  std::string describe() const override { return "function 'Map'"; }
  bool has_members() const override { return true; }
  std::vector<std::string> member_names() const override { return {"arg", "ret", "size", "value"}; }
  std::optional<Any> member(std::string_view name) override;
  bool is_executable() const override { return true; }
  // (function, parameter... [, description])
  Any call(std::span<const Any> arguments) override {
    check_arity("Map", arguments, 1, SIZE_MAX);
    const auto* function = std::get_if<ValueRef>(&arguments[0]);
    if (function == nullptr || !(*function)->is_executable()) {
      raise(ErrorCode::InvalidArgument,
            format("expecting executable function as first argument, not {}",
                   grcuda::describe(arguments[0])));
    }
    std::vector<Any> parameters(arguments.begin() + 1, arguments.end());
    std::string description;
    if (!parameters.empty() && std::holds_alternative<std::string>(parameters.back())) {
      description = std::get<std::string>(parameters.back());
      parameters.pop_back();
    }
    return ValueRef(std::make_shared<MappedFunction>(*function, std::move(parameters),
                                                     std::move(description), result_));
  }

 private:
  const DescriptorRef result_;
};

DescriptorRef descriptor_from(const Any& any) {
  if (auto descriptor = find_value<Descriptor>(any)) return descriptor;
  raise(ErrorCode::InvalidArgument,
        format("expected argument objects, as Map.arg makes them, not {}", describe(any)));
}

Any size_member(std::span<const Any> given) {
  std::vector<DescriptorRef> of;
  for (const Any& each : given) of.push_back(descriptor_from(each));
  return value_of(size_descriptor(std::move(of)));
}

Any value_member(std::span<const Any> given) {
  const std::string& name = string_from(given[0], "the name of a value");
  if (given.size() == 1) return value_of(value_descriptor(name, nullptr, {}));
  return value_of(value_descriptor(name, object_from(given[1], "the function of a value"),
                                   {given.begin() + 2, given.end()}));
}

std::optional<Any> Map::member(std::string_view name) {
  if (name == "arg") {
    return Function::make("arg", 1, 1, [](std::span<const Any> given) -> Any {
      return value_of(argument_descriptor(string_from(given[0], "the name of an argument")));
    });
  }
  if (name == "ret") {
    return Function::make("ret", 1, 1, [](std::span<const Any> given) -> Any {
      return ValueRef(std::make_shared<Map>(descriptor_from(given[0])));
    });
  }
  if (name == "size") return Function::make("size", 1, SIZE_MAX, size_member);
  if (name == "value") return Function::make("value", 1, SIZE_MAX, value_member);
  return std::nullopt;
}

}  // namespace

void add_map_functions(Namespace& root) {
  root.add("Map", ValueRef(std::make_shared<Map>(value_descriptor("return", nullptr, {}))));
  root.add("shred", Function::make("shred", 1, 1, [](std::span<const Any> given) -> Any {
             const auto descriptor = find_value<Descriptor>(given[0]);
             return descriptor ? find_value<Function>(*descriptor->member("shred"))->call({})
                               : shred(given[0]);
           }));
}

}  // namespace sennit::grcuda
