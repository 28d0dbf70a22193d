// base/text.h: formatting of messages and small helpers on strings.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace sennit {

namespace text_detail {

std::string format(fmt::string_view pattern, fmt::format_args arguments);

struct Format {
  template <typename... Arguments>
  std::string operator()(fmt::format_string<Arguments...> pattern, Arguments&&... arguments) const {
    return text_detail::format(pattern, fmt::make_format_args(arguments...));
  }
};

}  // namespace text_detail

// format("{} of {}", a, b), checked when compiled. An object and no function, so that an argument
// of namespace std does not bring std::format into the call.
inline constexpr text_detail::Format format;

// "a, b, c": for messages that list what is known. `items` yields things that convert to
// std::string_view.
template <typename Range>
std::string join(const Range& items, std::string_view separator = ", ") {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += separator;
    text += std::string_view(item);
  }
  return text;
}

// 1536 -> "1.5 KiB".
inline std::string format_bytes(std::size_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 1024.0 && unit < 4; ++unit) value /= 1024.0;
  return unit == 0 ? format("{} B", bytes) : format("{:.4g} {}", value, kUnits[unit]);
}

}  // namespace sennit
