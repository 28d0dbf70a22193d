// grcuda/bind_functions.h: `bind` and `bindall`.
#pragma once

#include <memory>

#include "grcuda/devices.h"
#include "grcuda/namespace.h"
#include "runtime/runtime.h"

namespace sennit::grcuda {

void add_bind_functions(const std::shared_ptr<Namespace>& root,
                        const std::shared_ptr<Runtime>& runtime,
                        const std::shared_ptr<const CurrentDevice>& current);

}  // namespace sennit::grcuda
