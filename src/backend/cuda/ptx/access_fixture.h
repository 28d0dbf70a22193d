// backend/cuda/ptx/access_fixture.h: what small kernels do to memory, as a line of text. For tests.
#pragma once

#include <string>
#include <string_view>

#include "backend/cuda/ptx/access.h"
#include "backend/cuda/ptx/parser.h"
#include "base/text.h"

namespace sennit::cuda::ptx {

inline std::string shown(const ParameterUse& use) {
  if (use.escapes) return use.is_pointer ? "escapes" : "number?";
  std::string text = use.reads ? "r" : "";
  if (use.writes) text += "w";
  if (use.reads_old_contents) text += "o";
  return text.empty() ? "-" : text;
}

// "a=ro b=w; counter=rw; untracked": each parameter with r(ead), w(ritten), o(ld contents).
inline std::string shown(const KernelAccess& access) {
  std::string text;
  for (std::size_t i = 0; i < access.parameters.size(); ++i) {
    text += format("{}{}={}", i == 0 ? "" : " ", static_cast<char>('a' + i),
                   shown(access.parameters[i]));
  }
  for (const VariableUse& variable : access.variables) {
    text +=
        format("; {}={}{}", variable.name, variable.reads ? "r" : "", variable.writes ? "w" : "");
  }
  return text + (access.touches_untracked ? "; untracked" : "");
}

inline constexpr std::string_view kHead = ".version 8.0\n.target sm_90\n.address_size 64\n";

// Of the last kernel of a module.
inline std::string access_of(const std::string& module) {
  return shown(infer_access(parse(std::string(kHead) + module)).back());
}

// Of a kernel that is given addresses a, b, c, as code of old compilers takes them: %a, %b, %c hold
// them.
inline std::string access_in(const std::string& body, const std::string& before = "") {
  return access_of(before +
                   ".visible .entry k(.param .u64 a, .param .u64 b, .param .u64 c) {\n"
                   ".reg .pred %p<9>;\n.reg .b32 %r<20>;\n.reg .f32 %f<9>;\n.reg .b64 %rd<20>;\n"
                   ".reg .b64 %a, %b, %c;\n"
                   "ld.param.u64 %a, [a];\nld.param.u64 %b, [b];\nld.param.u64 %c, [c];\n" +
                   body + "\nret;\n}");
}

// The same where the code says that a and b are pointers, and c is not.
inline std::string access_in_new(const std::string& body) {
  return access_of(
      ".visible .entry k(.param .u64 .ptr .align 1 a, .param .u64 .ptr .align 1 b,"
      " .param .u64 c) {\n"
      ".reg .pred %p<9>;\n.reg .b32 %r<20>;\n.reg .f32 %f<9>;\n.reg .b64 %rd<20>;\n"
      ".reg .b64 %a, %b, %c;\n"
      "ld.param.u64 %a, [a];\nld.param.u64 %b, [b];\nld.param.u64 %c, [c];\n" +
      body + "\nret;\n}");
}

}  // namespace sennit::cuda::ptx
