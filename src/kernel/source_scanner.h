// kernel/source_scanner.h: kernels' signatures from their CUDA C++ source, without a compiler.
//
// Reads what a prototype needs (macros, namespaces, templates, aliases, structs) and nothing of
// the bodies. What it cannot be sure of it refuses, and asks for a signature: a wrong guess would
// corrupt an argument silently.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/signature.h"
#include "kernel/source_declarations.h"
#include "kernel/source_preprocessor.h"
#include "kernel/source_tokens.h"
#include "kernel/source_types.h"

namespace sennit {

// One source, scanned once. Not for several threads at a time.
class SourceScanner {
 public:
  // `options` are those of the compile, which the preprocessor obeys.
  SourceScanner(const std::string& source, const std::string& source_name,
                const std::vector<std::string>& options);

  // The kernels of the source, as messages show them: "ns::scale<T, N>".
  std::vector<std::string> kernels() const;

  // `name_expression` as NVRTC takes it: "ns::k", "&k", "scale<float, 4>", "(void(*)(int*))k".
  // Raises InvalidArgument if no kernel or several answer to it (listing them), and if the type of
  // a parameter cannot be told from the source.
  Signature signature(std::string_view name_expression);

 private:
  struct Candidate;
  struct Wanted;
  Wanted parse(std::string_view name_expression);
  std::vector<Candidate> candidates(const Wanted& wanted);
  bool takes(const Candidate& candidate, const std::vector<SourceType>& types);
  Parameter parameter(const SourceVariable& variable, std::size_t index, const std::string& kernel,
                      TokenSpan tokens) const;

  std::string source_name_;
  TextArena arena_;
  Preprocessor preprocessor_;
  Tokens tokens_;
  SourceDeclarations declarations_;
};

}  // namespace sennit
