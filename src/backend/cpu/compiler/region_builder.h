// backend/cpu/compiler/region_builder.h: one region of a kernel becomes a function of its own.
#pragma once

#include <string>

#include "backend/cpu/compiler/block_uniformity.h"
#include "backend/cpu/compiler/frame_plan.h"
#include "backend/cpu/compiler/states.h"
#include "backend/cpu/compiler/tuning.h"

namespace llvm {
class Function;
}

namespace sennit::cpu {

// What all regions of a kernel have in common.
struct KernelPlan {
  llvm::Function* kernel = nullptr;
  const StateGraph* states = nullptr;
  BlockUniformity* uniformity = nullptr;
  FramePlan frame;
  CompileTuning tuning;
};

// Makes the RegionFunction `name` (kernel_abi.h) that starts at `state`. The kernel itself stays
// as it is: other regions are cloned from it.
llvm::Function* build_region(const KernelPlan& plan, int state, const std::string& name);

}  // namespace sennit::cpu
