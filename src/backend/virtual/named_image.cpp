// backend/virtual/named_image.cpp: names, one a line, behind a line that says so.
#include "backend/virtual/named_image.h"

#include "base/error.h"
#include "base/text.h"

namespace sennit {
namespace {

constexpr std::string_view kMagic = "sennit names 1\n";

}  // namespace

Image image_of_names(std::span<const std::string> names) {
  std::string text(kMagic);
  for (const std::string& name : names) {
    if (name.empty() || name.find('\n') != std::string::npos) {
      raise(ErrorCode::InvalidArgument, format("'{}' is no kernel's name", name));
    }
    text += name + '\n';
  }
  Image image;
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  image.bytes.assign(bytes, bytes + text.size());
  return image;
}

std::vector<std::string> names_of_image(const Image& image) {
  std::string_view text(reinterpret_cast<const char*>(image.bytes.data()), image.bytes.size());
  if (!text.starts_with(kMagic)) {
    raise(ErrorCode::InvalidArgument,
          format("an image of {} bytes was not compiled for a virtual device; compile it again",
                 image.bytes.size()));
  }
  text.remove_prefix(kMagic.size());
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    names.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return names;
}

}  // namespace sennit
