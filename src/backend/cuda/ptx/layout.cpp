#include "backend/cuda/ptx/layout.h"

#include <charconv>

namespace sennit::cuda::ptx {
namespace {

std::uint32_t number_in(std::string_view text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// ".u64" has 8 bytes.
std::uint32_t bytes_of_type(std::string_view type) {
  return type.size() < 3 ? 0 : number_in(type.substr(2)) / 8;
}

}  // namespace

ParameterLayout layout_of(const Declaration& parameter, const ParameterUse& use) {
  using Kind = ParameterLayout::Kind;
  ParameterLayout layout;
  const std::string_view type = parameter.type();
  layout.bytes = bytes_of_type(type);
  if (layout.bytes == 0 || parameter.declarators.size() != 1) return {};
  layout.alignment = layout.bytes;
  if (!parameter.declarators.front().dimensions.empty()) {
    layout.kind = Kind::Bytes;
    for (const std::string& dimension : parameter.declarators.front().dimensions) {
      layout.bytes *= number_in(dimension);
    }
    for (const std::string_view specifier : parameter.specifiers) {
      if (specifier.starts_with(".align")) {
        layout.alignment = number_in(specifier.substr(specifier.find_last_of(" .") + 1));
      }
    }
    if (layout.bytes == 0 || layout.alignment == 0) return {};
  } else if (parameter.has(".ptr") || (layout.bytes == 8 && use.is_pointer)) {
    layout.kind = Kind::Pointer;
  } else {
    layout.kind = type.starts_with(".f") ? Kind::Float : Kind::Number;
  }
  return layout;
}

}  // namespace sennit::cuda::ptx
