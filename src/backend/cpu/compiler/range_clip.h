// backend/cpu/compiler/range_clip.h: threads with nothing to do are not visited.
//
//   if (threadIdx.x < u) { ... }      a region that does nothing else, u uniform
//
// runs threads up to u only: the last steps of a tree reduction touch a handful of threads.
#pragma once

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/entry_values.h"
#include "backend/cpu/compiler/frame_plan.h"
#include "backend/cpu/compiler/region_shell.h"
#include "backend/cpu/compiler/states.h"

namespace sennit::cpu {

// The end of the x range that has to run: computed in the region's entry block, at least
// x_begin + 1 (one thread finds out the next state), at most x_end. `shell.x_end` if no bound
// is found. REQUIRES: threads do not part in this region.
llvm::Value* clip_range(const RegionShell& shell, const Region& region, const StateGraph& states,
                        const FramePlan& plan, const BlockUniformity& uniformity,
                        EntryValues& values);

}  // namespace sennit::cpu
