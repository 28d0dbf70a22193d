// backend/cpu/compiler/options.cpp: NVRTC's options, as the CPU compiler understands them.
#include "backend/cpu/compiler/options.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/text.h"

namespace sennit::cpu {
namespace {

enum class Value : std::uint8_t {
  None,    // -G
  Equals,  // --std=c++17
  Either,  // -DNAME, -D NAME, --define-macro=NAME, --define-macro NAME
};

struct Option {
  std::string_view name;   // --long
  std::string_view brief;  // -short; empty if there is none
  Value value;
  // Null: accepted and ignored. Raises for a value that it does not know.
  void (*apply)(CompileOptions&, std::string_view value);
};

bool parse_bool(std::string_view value) {
  if (value == "true" || value.empty()) return true;
  if (value == "false") return false;
  raise(ErrorCode::InvalidArgument, format("'{}' is neither 'true' nor 'false'", value));
}

void define(CompileOptions& options, std::string_view macro) {
  const std::size_t equals = macro.find('=');
  const std::string_view name = macro.substr(0, equals);
  const std::string_view value = equals == macro.npos ? "1" : macro.substr(equals + 1);
  options.macros.push_back(format("#define {} {}", name, value));
}

void undefine(CompileOptions& options, std::string_view name) {
  options.macros.push_back(format("#undef {}", name));
}

// The prelude needs C++17, which accepts what the older standards do.
void set_standard(CompileOptions& options, std::string_view value) {
  static constexpr std::array kStandards = {"c++03", "c++11", "c++14", "c++17", "c++20"};
  for (std::string_view standard : kStandards) {
    if (value == standard) {
      options.standard = standard == "c++20" ? "c++20" : "c++17";
      return;
    }
  }
  raise(ErrorCode::InvalidArgument,
        format("no standard is called '{}'; known: {}", value, join(kStandards)));
}

// "sm_80", "compute_90a": 800, 900.
void set_architecture(CompileOptions& options, std::string_view value) {
  const std::size_t underscore = value.find('_');
  const std::string_view kind = value.substr(0, underscore);
  unsigned number = 0;
  if (underscore != value.npos && (kind == "sm" || kind == "compute")) {
    const char* begin = value.data() + underscore + 1;
    std::from_chars(begin, value.data() + value.size(), number);
  }
  if (number < 50) {
    raise(ErrorCode::InvalidArgument,
          format("'{}' is no architecture; give sm_NN or compute_NN, as sm_80", value));
  }
  options.architecture = number * 10;
}

constexpr Option kOptions[] = {
    {"--define-macro", "-D", Value::Either, define},
    {"--undefine-macro", "-U", Value::Either, undefine},
    {"--include-path", "-I", Value::Either,
     [](CompileOptions& o, std::string_view v) { o.include_folders.emplace_back(v); }},
    {"--pre-include", "-include", Value::Either,
     [](CompileOptions& o, std::string_view v) { o.included_files.emplace_back(v); }},
    {"--std", "-std", Value::Equals, set_standard},
    {"--gpu-architecture", "-arch", Value::Either, set_architecture},
    {"--use_fast_math", "-use_fast_math", Value::None,
     [](CompileOptions& o, std::string_view) { o.fast_math = true; }},
    {"--fmad", "-fmad", Value::Equals,
     [](CompileOptions& o, std::string_view v) { o.contract = parse_bool(v); }},
    {"--disable-warnings", "-w", Value::None,
     [](CompileOptions& o, std::string_view) { o.warnings = false; }},
    // Functions without a keyword are device functions here anyway.
    {"--device-as-default-execution-space", "-default-device", Value::None, nullptr},
    // A permission on a GPU: the CPU keeps denormals and divides exactly.
    {"--ftz", "-ftz", Value::Equals, nullptr},
    {"--prec-sqrt", "-prec-sqrt", Value::Equals, nullptr},
    {"--prec-div", "-prec-div", Value::Equals, nullptr},
    {"--device-debug", "-G", Value::None, nullptr},
    {"--generate-line-info", "-lineinfo", Value::None, nullptr},
    {"--restrict", "-restrict", Value::None, nullptr},
    {"--device-c", "-dc", Value::None, nullptr},
    {"--device-w", "-dw", Value::None, nullptr},
    {"--relocatable-device-code", "-rdc", Value::Equals, nullptr},
    {"--extensible-whole-program", "-ewp", Value::None, nullptr},
    {"--dlink-time-opt", "-dlto", Value::None, nullptr},
    {"--dopt", "-dopt", Value::Either, nullptr},
    {"--ptxas-options", "-Xptxas", Value::Either, nullptr},
    {"--maxrregcount", "-maxrregcount", Value::Either, nullptr},
    {"--extra-device-vectorization", "-extra-device-vectorization", Value::None, nullptr},
    {"--modify-stack-limit", "-modify-stack-limit", Value::Equals, nullptr},
    {"--builtin-move-forward", "-builtin-move-forward", Value::Equals, nullptr},
    {"--builtin-initializer-list", "-builtin-initializer-list", Value::Equals, nullptr},
    {"--device-int128", "-device-int128", Value::None, nullptr},
    {"--no-source-include", "-no-source-include", Value::None, nullptr},
    {"--diag-error", "-diag-error", Value::Either, nullptr},
    {"--diag-suppress", "-diag-suppress", Value::Either, nullptr},
    {"--diag-warn", "-diag-warn", Value::Either, nullptr},
    {"--display-error-number", "-err-no", Value::None, nullptr},
    {"--no-display-error-number", "-no-err-no", Value::None, nullptr},
    {"--split-compile", "-split-compile", Value::Either, nullptr},
    {"--minimal", "-minimal", Value::None, nullptr},
};

// The value that `text` gives to an option spelled `name`: "" for the option alone, nullopt if
// `text` is another option.
std::optional<std::string_view> match(std::string_view text, std::string_view name, Value kind) {
  if (name.empty() || !text.starts_with(name)) return std::nullopt;
  std::string_view rest = text.substr(name.size());
  if (rest.empty()) return rest;
  if (kind == Value::None) return std::nullopt;
  if (rest.front() == '=') return rest.substr(1);
  // Only one-letter options take their value without a sign between: -DNAME, -Ifolder.
  if (kind == Value::Either && name.size() == 2) return rest;
  return std::nullopt;
}

}  // namespace

CompileOptions parse_options(std::span<const std::string> options) {
  CompileOptions parsed;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string& text = options[i];
    const Option* found = nullptr;
    std::string_view value;
    for (const Option& option : kOptions) {
      std::optional<std::string_view> given = match(text, option.name, option.value);
      if (!given) given = match(text, option.brief, option.value);
      if (!given) continue;
      found = &option;
      value = *given;
      break;
    }
    if (found == nullptr) {
      std::vector<std::string> known;
      for (const Option& option : kOptions) {
        known.push_back(format("{} ({})", option.name, option.brief));
      }
      raise(ErrorCode::InvalidArgument,
            format("no compile option is called '{}'; known: {}", text, join(known)));
    }
    if (found->value != Value::None && value.empty()) {
      if (found->value != Value::Either || i + 1 == options.size()) {
        raise(ErrorCode::InvalidArgument, format("compile option '{}' needs a value", text));
      }
      value = options[++i];
    }
    if (found->apply == nullptr) continue;
    try {
      found->apply(parsed, value);
    } catch (Error& error) {
      error.add_context(format("compile option '{}'", text));
      throw;
    }
  }
  return parsed;
}

}  // namespace sennit::cpu
