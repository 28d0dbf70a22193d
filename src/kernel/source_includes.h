// kernel/source_includes.h: finds and reads the files that a source includes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/source_tokens.h"

namespace sennit {

// "-DX", "-D X", "-D=X", "--define-macro=X" and "--define-macro X" are one option. The value of
// option `i` if it is that one; `i` then moves to the last word that was used.
std::optional<std::string> option_value(const std::vector<std::string>& options, std::size_t& i,
                                        std::string_view letter, std::string_view word);

struct IncludeName {
  std::string file;
  bool quoted = false;  // "file", not <file>
};
// Of the tokens behind #include; nullopt if they are neither form.
std::optional<IncludeName> read_include_name(TokenSpan tokens);

// The files that a compile reads before the source: -include, --pre-include.
std::vector<IncludeName> first_includes(const std::vector<std::string>& compile_options);

struct IncludedFile {
  std::string path;
  std::string text;
};

// Where a compiler looks: a quoted name beside the file that includes it, then in the folders of
// -I, in order.
class IncludeFolders {
 public:
  explicit IncludeFolders(const std::vector<std::string>& compile_options);
  // nullopt if no folder has it.
  std::optional<IncludedFile> read(const IncludeName& name, const std::string& includer) const;

 private:
  std::vector<std::string> folders_;
};

// Paths and contents of all files that a source may include, and those may include in turn,
// whatever conditions stand around: part of the key of what is made from the source. Files that
// are not found belong to the compiler. nullopt if it cannot be known: a macro names a file.
std::optional<std::string> included_text(const std::string& source, const std::string& source_name,
                                         const std::vector<std::string>& compile_options);

}  // namespace sennit
