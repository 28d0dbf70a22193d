#include "base/options.h"

#include <charconv>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "base/intern.h"

namespace sennit {

const char* environment_value(const char* variable) { return std::getenv(variable); }

namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view value, std::string_view taken) {
  raise(ErrorCode::InvalidArgument,
        format("option {}: '{}' is not possible; it takes {}", name, value, taken));
}

// One parser for each type of the table; a refused value changes nothing.

void parse_from(std::int64_t least, std::string_view name, std::string_view text,
                std::int64_t& out) {
  const char* end = text.data() + text.size();
  std::int64_t value = 0;
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || stop != end || value < least) {
    refuse(name, text, format("a whole number from {}", least));
  }
  out = value;
}

void parse_Integer(std::string_view name, std::string_view text, std::int64_t& out) {
  parse_from(0, name, text, out);
}

void parse_Count(std::string_view name, std::string_view text, std::int64_t& out) {
  parse_from(1, name, text, out);
}

void parse_Fraction(std::string_view name, std::string_view text, double& out) {
  const char* end = text.data() + text.size();
  double value = 0;
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || stop != end || !(value >= 0 && value <= 1)) {
    refuse(name, text, "a number from 0 to 1");
  }
  out = value;
}

void parse_Text(std::string_view, std::string_view text, std::string& out) { out = text; }

void parse_Flag(std::string_view name, std::string_view text, bool& out) {
  if (text == "true" || text == "1" || text == "on" || text == "yes") {
    out = true;
  } else if (text == "false" || text == "0" || text == "off" || text == "no") {
    out = false;
  } else {
    refuse(name, text, "true or false");
  }
}

void parse_Level(std::string_view name, std::string_view text, LogLevel& out) {
  static constexpr std::string_view kNames[] = {"silent", "error", "warning", "info", "debug"};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (text != kNames[i]) continue;
    out = static_cast<LogLevel>(i);
    return;
  }
  refuse(name, text, "silent, error, warning, info or debug");
}

std::string environment_name(std::string_view name) {
  std::string variable = "SENNIT_";
  for (const char c : name) {
    variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return variable;
}

// Where the XDG base directory specification puts caches; empty if the user has no home.
std::string user_cache_folder() {
  const char* cache = environment_value("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') return format("{}/sennit", cache);
  const char* home = environment_value("HOME");
  return home != nullptr && home[0] == '/' ? format("{}/.cache/sennit", home) : "";
}

// Where a CUDA toolkit says it is, else where it usually is.
std::string cuda_folder() {
  for (const char* variable : {"CUDA_HOME", "CUDA_PATH"}) {
    if (const char* folder = environment_value(variable); folder != nullptr && *folder != '\0') {
      return folder;
    }
  }
  return "/usr/local/cuda";
}

}  // namespace

std::span<const OptionInfo> option_table() {
  static const std::vector<OptionInfo> table = [] {
    std::vector<OptionInfo> rows;
#define SENNIT_OPTION_ROW(type, name, standard, meaning) \
  rows.push_back({#name, intern(environment_name(#name)), standard, meaning});
    SENNIT_OPTIONS(SENNIT_OPTION_ROW)
#undef SENNIT_OPTION_ROW
    return rows;
  }();
  return table;
}

Options::Options() {
  for (const OptionInfo& info : option_table()) set(info.name, info.standard);
}

Options Options::from_environment() {
  Options options;
  options.cache_dir = user_cache_folder();
  options.cuda_home = cuda_folder();
  for (const OptionInfo& info : option_table()) {
    if (const char* value = environment_value(info.environment)) {
      try {
        options.set(info.name, value);
      } catch (Error& error) {
        error.add_context(info.environment);
        throw;
      }
    }
  }
  return options;
}

void Options::set(std::string_view name, std::string_view value) {
#define SENNIT_OPTION_SET(type, member, standard, meaning) \
  if (name == #member) return parse_##type(name, value, member);
  SENNIT_OPTIONS(SENNIT_OPTION_SET)
#undef SENNIT_OPTION_SET
  std::string known;
  for (const OptionInfo& info : option_table()) {
    known += format("{}{}", known.empty() ? "" : ", ", info.name);
  }
  raise(ErrorCode::InvalidArgument, format("no option is called '{}'; known: {}", name, known));
}

}  // namespace sennit
