// kernel/source_preprocessor.h: as much of the preprocessor as kernels' prototypes need.
//
// Includes that IncludeFolders does not find belong to the compiler and are passed over.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "kernel/source_includes.h"
#include "kernel/source_macros.h"
#include "kernel/source_tokens.h"

namespace sennit {

class Preprocessor {
 public:
  // Of the compile's options, those that name macros, files, the architecture and the standard of
  // C++ are obeyed.
  Preprocessor(const std::string& source_name, const std::vector<std::string>& compile_options,
               TextArena& arena);

  // The tokens of `source` with directives obeyed and macros expanded.
  Tokens run(std::string source);
  // With the macros that `run` left: for name expressions, which stand behind the source.
  Tokens expand(TokenSpan tokens) const { return macros_.expand(tokens); }
  // `#pragma pack` was seen: the sizes of structs are not the natural ones.
  bool packs_structs() const { return packs_structs_; }

 private:
  // One #if ... #endif.
  struct Conditional {
    bool active;        // this branch is read
    bool taken;         // this or an earlier branch was
    bool outer_active;  // the text around is read
  };

  void read(std::string source, int depth, Tokens& text);
  void directive(TokenSpan line, int depth, Tokens& text);
  bool conditional(std::string_view name, TokenSpan rest);
  void include(const IncludeName& name, int depth, Tokens& text);
  bool condition(TokenSpan expression) const;
  bool active() const { return conditionals_.empty() || conditionals_.back().active; }
  // Expands what was read since the last change of the macros.
  void flush(Tokens& text);

  TextArena& arena_;
  MacroTable macros_;
  const IncludeFolders include_folders_;
  const std::vector<IncludeName> first_files_;
  std::vector<Conditional> conditionals_;
  std::set<std::string> once_;  // files with #pragma once
  std::string file_;            // the one being read
  Tokens unexpanded_;
  std::size_t included_bytes_ = 0;
  bool packs_structs_ = false;
};

}  // namespace sennit
