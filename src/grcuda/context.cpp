#include "grcuda/context.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "grcuda/coercion.h"
#include "grcuda/device_array.h"

namespace sennit::grcuda {
namespace {

// GrCUDA's namespaces of libraries, which sennit does not have.
constexpr std::array<std::string_view, 4> kAbsent = {"BLAS", "ML", "SPARSE", "TRT"};

[[noreturn]] void refuse_unknown(const std::vector<std::string>& path, const Namespace& in) {
  const bool is_library =
      std::find(kAbsent.begin(), kAbsent.end(), path.front()) != kAbsent.end() ||
      (path.size() > 1 && std::find(kAbsent.begin(), kAbsent.end(), path.back()) != kAbsent.end());
  raise(ErrorCode::InvalidArgument,
        format("Function or namespace '{}' not found{}; {} has: {}", join(path, "::"),
               is_library ? ": sennit has no bindings of this library; exchange arrays with a "
                            "library's own binding (DLPack), or bind its functions by bind()"
                          : "",
               in.describe(), join(in.member_names())));
}

}  // namespace

Context::Context(std::shared_ptr<Runtime> runtime, OptionValues options)
    : runtime_(std::move(runtime)), root_(make_root_namespace(runtime_, std::move(options))) {}

Any Context::eval(std::string_view expression) {
  return std::visit([&](const auto& parsed) { return evaluate(parsed); },
                    parse_expression(expression));
}

Any Context::evaluate(const ArrayExpression& array) {
  const Dtype dtype = element_type_from(array.type);
  return ValueRef(DeviceArray::create(*runtime_, dtype, array.shape, Order::C));
}

Any Context::evaluate(const CallExpression& call) {
  const auto member = root_->member(call.function);
  const auto function = member ? find_value<Function>(*member) : nullptr;
  if (!function) {
    raise(ErrorCode::InvalidArgument,
          format("function '{}' not found{}", call.function,
                 member ? ": " + describe(*member) + " cannot be called in an expression"
                        : "; " + root_->describe() + " has: " + join(root_->member_names())));
  }
  std::vector<Any> arguments;
  for (const CallExpression::Argument& argument : call.arguments) {
    if (const auto* integer = std::get_if<std::int64_t>(&argument)) {
      arguments.emplace_back(*integer);
    } else if (const auto* text = std::get_if<std::string>(&argument)) {
      arguments.emplace_back(*text);
    } else {
      arguments.push_back(look_up(std::get<Identifier>(argument).name));
    }
  }
  return function->call(arguments);
}

// An identifier among arguments: the name of an element type, or of something in the root.
Any Context::look_up(const std::string& name) {
  if (find_element_type(name)) return name;
  if (auto member = root_->member(name)) return *std::move(member);
  refuse_unknown({name}, *root_);
}

Any Context::evaluate(const CallableExpression& callable) {
  auto found = root_->member(callable.path.front());
  if (!found) refuse_unknown(callable.path, *root_);
  if (callable.path.size() == 1) return *std::move(found);
  const auto inner = find_value<Namespace>(*found);
  auto member = inner ? inner->member(callable.path.back()) : std::nullopt;
  if (!member) refuse_unknown(callable.path, inner ? *inner : *root_);
  return *std::move(member);
}

}  // namespace sennit::grcuda
