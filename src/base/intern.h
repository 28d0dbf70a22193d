// base/intern.h: text that lives as long as the process.
#pragma once

#include <string_view>

namespace sennit {

// The same text gives the same address. Any thread; takes a lock, so keep the result.
const char* intern(std::string_view text);

}  // namespace sennit
