// backend/cpu/compiler/prelude_files.h: the files of cpu/prelude/, embedded by prelude/embed.cmake.
#pragma once

#include <span>
#include <string_view>

namespace sennit::cpu {

// Where Clang sees them: a folder that exists in memory only.
inline constexpr char kPreludeFolder[] = "/.sennit/prelude";

struct PreludeFile {
  std::string_view path;  // as a source includes it: "cooperative_groups/reduce.h"
  std::string_view text;
};

std::span<const PreludeFile> prelude_files();

}  // namespace sennit::cpu
