// backend/plugin.h: how a backend that lives in its own shared library is found and opened.
//
// The library `libsennit-<name>.so` stands beside libsennit.so (or where SENNIT_PLUGIN_PATH says)
// and exports one C function, `sennit_plugin_open`. It is built from the same sources at the same
// time as the core: `abi` refuses any other.
#pragma once

#include <memory>

#include "backend/backend.h"

namespace sennit {

// Changes whenever backend.h changes in a way that old plug-ins cannot follow.
inline constexpr int kPluginAbi = 1;

// What the plug-in's `sennit_plugin_open` does. Returns a new backend, or throws Error.
using PluginOpen = Backend* (*)(int abi);
inline constexpr const char* kPluginOpenSymbol = "sennit_plugin_open";

}  // namespace sennit
