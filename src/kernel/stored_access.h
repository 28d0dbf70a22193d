// kernel/stored_access.h: what kernels do to memory, as bytes of a cache entry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/kernel_access.h"

namespace sennit {

std::string store_access(const std::vector<KernelAccess>& access);
// nullopt if the bytes are not what `store_access` made, whatever they are.
std::optional<std::vector<KernelAccess>> load_access(std::string_view bytes);

}  // namespace sennit
