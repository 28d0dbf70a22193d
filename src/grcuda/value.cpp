#include "grcuda/value.h"

#include "base/error.h"
#include "base/text.h"

namespace sennit::grcuda {

void Value::refuse(std::string_view what) const {
  raise(ErrorCode::InvalidArgument, format("{} {}", describe(), what));
}

std::string describe(const Any& any) {
  struct Describe {
    std::string operator()(std::monostate) const { return "nothing"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return format("{}", value); }
    std::string operator()(double value) const { return format("{}", value); }
    std::string operator()(const std::string& value) const { return "'" + value + "'"; }
    std::string operator()(const ValueRef& value) const { return value->describe(); }
  };
  return std::visit(Describe{}, any);
}

void check_arity(std::string_view function, std::span<const Any> arguments, std::size_t least,
                 std::size_t most) {
  if (arguments.size() >= least && arguments.size() <= most) return;
  const auto plural = [](std::size_t count) { return count == 1 ? "" : "s"; };
  const std::string wanted = least == most ? format("{} argument{}", least, plural(least))
                             : most == SIZE_MAX
                                 ? format("at least {} argument{}", least, plural(least))
                                 : format("{} to {} arguments", least, most);
  raise(ErrorCode::InvalidArgument,
        format("'{}' takes {}, and was given {}", function, wanted, arguments.size()));
}

std::string Function::describe() const { return format("function '{}'", name_); }

}  // namespace sennit::grcuda
