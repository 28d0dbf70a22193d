// grcuda/context.h: one GrCUDA program: its root namespace, and `eval`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grcuda/expression.h"
#include "grcuda/namespace.h"
#include "grcuda/value.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

// Name and value of each option, "grcuda.ExecutionPolicy" and "async", for `getoptions`.
using OptionValues = std::vector<std::pair<std::string, std::string>>;

class Context {
 public:
  Context(std::shared_ptr<Runtime> runtime, OptionValues options);

  // What one expression stands for: see expression.h. Raises InvalidArgument for a mistake in it,
  // and what the function raises that it calls.
  Any eval(std::string_view expression);

  Runtime& runtime() { return *runtime_; }

 private:
  Any evaluate(const ArrayExpression& array);
  Any evaluate(const CallExpression& call);
  Any evaluate(const CallableExpression& callable);
  Any look_up(const std::string& name);

  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<Namespace> root_;
};

// The namespace `CU`, with all that GrCUDA has there.
std::shared_ptr<Namespace> make_root_namespace(const std::shared_ptr<Runtime>& runtime,
                                               OptionValues options);

}  // namespace sennit::grcuda
