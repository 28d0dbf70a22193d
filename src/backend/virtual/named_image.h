// backend/virtual/named_image.h: the image of a module that is nothing but its kernels' names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/backend.h"

namespace sennit {

Image image_of_names(std::span<const std::string> names);

// Raises InvalidArgument if another backend made the image.
std::vector<std::string> names_of_image(const Image& image);

}  // namespace sennit
