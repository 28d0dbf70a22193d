// grcuda/map_shred.h: Map and shred: functions whose arguments are computed from those of a call.
//
//   scale = Map(kernel, Map.arg("points").shred().x, Map.size(Map.arg("points")))
//   scale(points)                                        # kernel(<all x>, len(points))
#pragma once

#include "grcuda/namespace.h"

namespace sennit::grcuda {

void add_map_functions(Namespace& root);

}  // namespace sennit::grcuda
